// Local is Alibaba Cloud on this machine with ecsguard deployed in it. It plays a
// story: mistakes are made with the official SDK, and what follows is shown in three
// lines for each, or with -v as it was, call by call. With -keep the cloud stays up to
// be played with, from any client and from a console.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/console"
)

//go:embed account.yaml
var accountState []byte

func main() {
	var o options
	flag.BoolVar(&o.keep, "keep", false, "leave the cloud up after the story, with a console")
	flag.BoolVar(&o.all, "v", false, "show everything: each call, each message, the audit log")
	flag.StringVar(&o.picture, "picture", "", "keep what the terminal shows as a picture: an SVG `file`")
	flag.StringVar(&o.root, "root", ".", "the project's folder")
	flag.StringVar(&o.state, "state", "", "a state `file` to start with; there is no story then, and the cloud stays up")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "where the console listens: an `address` of this machine")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := show(ctx, screenOf(os.Stdout, o.all), o); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	keep, all                    bool
	root, state, listen, picture string
}

// show runs the demo, and keeps the picture of it where it is asked for.
func show(ctx context.Context, s *screen, o options) error {
	if o.picture == "" {
		return run(ctx, s, o)
	}
	var taken bytes.Buffer
	s = &screen{out: io.MultiWriter(s.out, &taken), colours: true, width: pictured, all: s.all}
	if err := run(ctx, s, o); err != nil {
		return err
	}
	return os.WriteFile(o.picture, picture(taken.String()), 0o644)
}

func run(ctx context.Context, s *screen, o options) error {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return err
	}
	file := filepath.Join(root, "test", "local", "ecsguard.yaml")
	s.line(part{faint, "Starting an Alibaba Cloud account on this machine, with ecsguard in it: a few seconds"})
	var c *cloud.Cloud
	err = s.while(func() string { return "starting" }, func() (err error) {
		c, err = account.Start(account.Options{Root: root, State: accountState, Settings: file})
		return err
	})
	if err != nil {
		return err
	}
	defer c.Close()
	// The story does not wait for the log trigger's 20 seconds, and the cloud is as
	// far away as a real one, so that calls made at once are seen to be.
	c.LogTriggerInterval = time.Second
	c.Inject(cloud.Fault{Name: "the way to the cloud", Action: "*", Delay: 20 * time.Millisecond})
	user, how, err := aim(c, filepath.Join(root, "target", "local-cloud"))
	if err != nil {
		return err
	}
	if o.state != "" {
		return stay(ctx, s, c, o, file, how)
	}
	told := tell(ctx, s, c, user)
	if !o.keep {
		if told == nil && !o.all {
			s.line(part{faint, "  make demo V=1 shows each call and the whole messages, make demo KEEP=1 a console in the browser."})
		}
		return told
	}
	if told != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", told)
	}
	err = stay(ctx, s, c, o, file, how)
	if told != nil && !errors.Is(told, context.Canceled) {
		return told
	}
	return err
}

// stay leaves the cloud up, with a console. A state file is loaded when everybody is
// there: one that was downloaded from a console names the users of this account.
func stay(ctx context.Context, s *screen, c *cloud.Cloud, o options, file, how string) error {
	page, err := open(c, o.listen, file)
	if err != nil {
		return err
	}
	defer page.Close()
	if o.state != "" {
		document, err := os.ReadFile(o.state)
		if err != nil {
			return err
		}
		if err := c.Load(document); err != nil {
			return fmt.Errorf("%s: %w", o.state, err)
		}
	}
	s.printf("%s\nThe cloud stays up; Ctrl-C ends it. What happens from now on follows.\n\n  %s  %s\n\n", how, s.paint(strong, "The console:"), s.paint(ours, page.URL()))
	follow(s, c)
	<-ctx.Done()
	return nil
}

// open starts the console, which knows what the functions are told to do.
func open(c *cloud.Cloud, listen, file string) (*console.Console, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	set, err := settings.Parse(file, text)
	if err != nil {
		return nil, err
	}
	set.Mode = practice.Enforce
	return console.Start(console.Options{Cloud: c, Project: account.Project(), Settings: set, Listen: listen})
}

// use says how the cloud is used by whoever copies it.
const use = `
An Alibaba Cloud account is up on this machine, with ecsguard in it.
Any client that signs its calls can use it, unchanged:

  export HTTPS_PROXY=%s
  export SSL_CERT_FILE=%s
  export ALIBABA_CLOUD_ACCESS_KEY_ID=%s
  export ALIBABA_CLOUD_ACCESS_KEY_SECRET=%s

  # the operator's command, in the project's folder: what is wrong, what was done about one finding, how it is taken back
  target/ecsguard-cli findings
  target/ecsguard-cli show ID     # an ID ends each line of the demo that begins with ecsguard

  # the official command line, with a profile of its own: yours stays as it is
  aliyun configure set --profile ecsguard-local --mode AK --region %s --access-key-id $ALIBABA_CLOUD_ACCESS_KEY_ID --access-key-secret $ALIBABA_CLOUD_ACCESS_KEY_SECRET
  aliyun --profile ecsguard-local ecs AuthorizeSecurityGroup --SecurityGroupId sg-web --IpProtocol tcp --PortRange 22/22 --SourceCidrIp 0.0.0.0/0
  aliyun --profile ecsguard-local ecs DescribeSecurityGroupAttribute --SecurityGroupId sg-web

  // the official SDK for Go
  config := sdk.NewConfig().WithScheme("HTTPS")
  client, err := ecs.NewClientWithOptions(%q, config, credentials.NewAccessKeyCredential(id, secret))
`

// aim makes a user and aims this process, and whoever copies how it is done, at the
// cloud: environment variables are all that an unmodified client needs.
func aim(c *cloud.Cloud, folder string) (user cloud.Credentials, how string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return user, "", err
	}
	certificate := filepath.Join(folder, "ca.pem")
	if err := c.WriteCA(certificate); err != nil {
		return user, "", err
	}
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return user, "", err
	}
	user = c.AddUser("kenji", admin)
	for _, name := range []string{"HTTPS_PROXY", "SSL_CERT_FILE"} {
		value := map[string]string{"HTTPS_PROXY": c.ProxyURL(), "SSL_CERT_FILE": certificate}[name]
		if err := os.Setenv(name, value); err != nil {
			return user, "", err
		}
	}
	how = fmt.Sprintf(use, c.ProxyURL(), certificate, user.AccessKeyID, user.AccessKeySecret, c.Region, c.Region)
	return user, how, nil
}

// follow prints what happens from now on.
func follow(s *screen, c *cloud.Cloud) {
	c.OnEvent(func(ce []byte) {
		s.line(part{faint, time.Now().Format(clock) + " "}, part{plain, "event     " + name(ce)})
	})
	c.OnCall(func(call cloud.Call) {
		if text := worthShowing(call); text != "" && (call.Write || call.Code != "") {
			s.line(part{faint, call.Time.Local().Format(clock) + " "}, part{plain, text})
		}
		if call.Action == "dingtalk:Send" && call.Code == "" {
			if sent := c.Messages(); len(sent) > 0 {
				s.line(part{faint, call.Time.Local().Format(clock) + " "}, part{ours, "message   "}, part{plain, sent[len(sent)-1].Title})
			}
		}
	})
}
