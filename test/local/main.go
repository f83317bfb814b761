// Local is Alibaba Cloud on this machine with ecsguard deployed in it. It plays a
// story: mistakes are made with the official SDK, and what follows is shown. With
// -keep the cloud stays up to be played with.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

//go:embed account.yaml
var accountState []byte

func main() {
	keep := flag.Bool("keep", false, "leave the cloud up after the story")
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, keep bool) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	c, err := account.Start(account.Options{
		Root: root, Binaries: filepath.Join(root, "target"), State: accountState,
		Settings: filepath.Join(root, "test", "local", "ecsguard.yaml"),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	// The story does not wait for the log trigger's 20 seconds, and the cloud is as
	// far away as a real one, so that calls made at once are seen to be.
	c.LogTriggerInterval = time.Second
	c.Inject(cloud.Fault{Action: "*", Delay: 20 * time.Millisecond})
	user, err := aim(c, filepath.Join(root, "target", "local-cloud"))
	if err != nil {
		return err
	}
	told := tell(ctx, c, user)
	if !keep {
		return told
	}
	if told != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", told)
	}
	fmt.Println("\nThe cloud stays up. Use the variables above in another terminal; Ctrl-C ends it.")
	follow(c)
	<-ctx.Done()
	if errors.Is(told, context.Canceled) {
		return nil
	}
	return told
}

// aim makes a user and aims this process, and whoever copies what is printed, at
// the cloud: environment variables are all that an unmodified client needs.
func aim(c *cloud.Cloud, folder string) (cloud.Credentials, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return cloud.Credentials{}, err
	}
	certificate := filepath.Join(folder, "ca.pem")
	if err := c.WriteCA(certificate); err != nil {
		return cloud.Credentials{}, err
	}
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return cloud.Credentials{}, err
	}
	user := c.AddUser("kenji", admin)
	for _, name := range []string{"HTTPS_PROXY", "SSL_CERT_FILE"} {
		value := map[string]string{"HTTPS_PROXY": c.ProxyURL(), "SSL_CERT_FILE": certificate}[name]
		if err := os.Setenv(name, value); err != nil {
			return cloud.Credentials{}, err
		}
	}
	fmt.Printf(`
An Alibaba Cloud account is up on this machine, with ecsguard in it.
Any client that signs its calls can use it, unchanged:

  export HTTPS_PROXY=%s
  export SSL_CERT_FILE=%s
  export ALIBABA_CLOUD_ACCESS_KEY_ID=%s
  export ALIBABA_CLOUD_ACCESS_KEY_SECRET=%s

  # the official command line
  aliyun configure set --mode AK --region %s --access-key-id $ALIBABA_CLOUD_ACCESS_KEY_ID --access-key-secret $ALIBABA_CLOUD_ACCESS_KEY_SECRET
  aliyun ecs AuthorizeSecurityGroup --SecurityGroupId sg-web --Permissions.1.IpProtocol TCP --Permissions.1.PortRange 22/22 --Permissions.1.SourceCidrIp 0.0.0.0/0
  aliyun ecs DescribeSecurityGroupAttribute --SecurityGroupId sg-web

  // the official SDK for Go
  config := sdk.NewConfig().WithScheme("HTTPS")
  client, err := ecs.NewClientWithOptions(%q, config, credentials.NewAccessKeyCredential(id, secret))
`, c.ProxyURL(), certificate, user.AccessKeyID, user.AccessKeySecret, c.Region, c.Region)
	return user, nil
}

// follow prints what happens from now on.
func follow(c *cloud.Cloud) {
	c.OnEvent(func(ce []byte) { fmt.Println(time.Now().Format(clock), "event    ", name(ce)) })
	c.OnCall(func(call cloud.Call) {
		if text := worthShowing(call); text != "" && (call.Write || call.Code != "") {
			fmt.Println(call.Time.Local().Format(clock), text)
		}
		if call.Action == "dingtalk:Send" && call.Code == "" {
			if sent := c.Messages(); len(sent) > 0 {
				fmt.Println(call.Time.Local().Format(clock), "message  ", sent[len(sent)-1].Title)
			}
		}
	})
}
