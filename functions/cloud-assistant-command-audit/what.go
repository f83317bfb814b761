package cloudassistantcommandaudit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/secret"
)

// what was run, sent or opened, and where. Nothing of a script is kept but what may be shown.
type what struct {
	name, as, to    string
	on              []string // instances
	sum, excerpt    string   // of the script or the file; empty: it could not be read, or there is none
	bytes           int
	plain           bool // it was given no parameters, folder and launcher, so that the sum says what was run
	launcher        string
	again           bool // by a schedule
	open            bool // a session that is connected
	unread, refused string
	unknown         error // why it is not known
}

// reader is what reads each type.
var reader = map[string]string{
	resource.TypeInvocation: "ecs:DescribeInvocations", resource.TypeSentFile: "ecs:DescribeSendFileResults", resource.TypeTerminalSession: "ecs:DescribeTerminalSessions",
	resource.TypeCommand: "ecs:DescribeCommands",
}

// visible is how long what an event made may not be there to be read.
const visible = time.Minute

// read gives what the event is about. What cannot be read is told without: who did it is known.
func read(ctx context.Context, pass *practice.Pass) (what, error) {
	e := pass.Event
	w := what{on: e.Find("params.InstanceId.*|params.InstanceId"), as: e.Params["Username"], name: e.Params["Name"], again: e.Params["Timed"] == "true" || e.Params["Frequency"] != ""}
	err := w.read(ctx, pass)
	w.launcher = cmp.Or(w.launcher, e.Params["Launcher"])
	w.plain = w.plain && w.launcher == "" && e.Params["WorkingDir"] == ""
	young := e.Kind == events.KindActionTrail && pass.Now.Sub(e.Time) < visible
	switch {
	case errors.Is(err, practice.ErrGone) && !young:
		w.unread = "It is not to be found any more."
	case practice.Refused(err):
		w.unread = "What it says could not be read."
		w.refused = reader[pass.Resource.Type] + ": " + cloud.Code(err)
		w.unknown = fmt.Errorf("reading on which instances it was: %w", err)
	case err != nil:
		return what{}, fmt.Errorf("reading %s: %w", pass.Resource, err)
	}
	return w, nil
}

func (w *what) read(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	switch r.Type {
	case resource.TypeTerminalSession:
		s, err := practice.One(resource.TerminalSessions(ctx, pass, r.Region, "SessionId", r.ID))
		if err != nil {
			return err
		}
		w.as = cmp.Or(s.Username, w.as)
		if s.Connections == nil {
			w.unread = "The answer does not say whether it is still open."
			return nil
		}
		w.on = nil
		for _, c := range s.Connections.Connection {
			w.on = append(w.on, c.InstanceID)
			w.open = w.open || c.Status == "Connected" || c.Status == "Connecting"
		}
		if s.PortNumber != 0 {
			w.to = strings.TrimLeft(s.TargetServer+":"+strconv.Itoa(s.PortNumber), ":")
		}
		return nil
	case resource.TypeSentFile:
		f, err := practice.One(resource.SentFiles(ctx, pass, r.Region, "InvokeId", r.ID))
		if err != nil {
			return err
		}
		w.name, w.to, w.as, w.plain = f.Name, strings.TrimRight(f.TargetDir, "/")+"/"+f.Name, f.FileOwner, true
		w.ran(f.InvokeInstances.IDs())
		return w.hold(f.Content, f.ContentType != "PlainText")
	case resource.TypeCommand:
		c, err := practice.One(resource.Commands(ctx, pass, r.Region, "CommandId", r.ID))
		if err != nil {
			return err
		}
		w.name, w.plain, w.launcher = c.Name, true, c.Launcher
		return w.hold(c.CommandContent, true)
	}
	i, err := practice.One(resource.Invocations(ctx, pass, r.Region, "InvokeId", r.ID))
	if err != nil {
		return err
	}
	w.name, w.plain, w.launcher = i.CommandName, i.Parameters == "" || i.Parameters == "{}", i.Launcher
	w.ran(i.InvokeInstances.IDs())
	return w.hold(i.CommandContent, true)
}

// ran notes the instances that an answer names: a call may choose them by tags.
func (w *what) ran(on []string) {
	if len(on) > 0 {
		w.on = on
	}
}

// hold takes of a script what may be shown.
func (w *what) hold(content *string, encoded bool) error {
	if content == nil {
		w.unread = "The answer does not say what was run."
		return nil
	}
	script := []byte(*content)
	if encoded {
		plain, err := base64.StdEncoding.DecodeString(*content)
		if err != nil {
			w.unread = "What was run is no Base64, although the API says so."
			return nil
		}
		script = plain
	}
	sum := sha256.Sum256(script)
	w.sum, w.bytes, w.excerpt = hex.EncodeToString(sum[:]), len(script), secret.Excerpt(string(script))
	return nil
}

func (w *what) facts() map[string]string {
	facts := map[string]string{"name": short(w.name), "as": w.as, "to": short(w.to), "instances": practice.Few(w.on, 50, ", "), "excerpt": w.excerpt, "SHA-256": w.sum, "unread": w.refused}
	if w.sum != "" {
		facts["bytes"] = strconv.Itoa(w.bytes)
	}
	return facts
}

// short is a name that others chose, as far as a person reads it.
func short(name string) string {
	if runes := []rune(name); len(runes) > 48 {
		return string(runes[:48]) + "…"
	}
	return name
}

// says is what happened, in sentences.
func (w *what) says() string {
	var all []string
	add := func(some bool, form string, args ...any) {
		if some {
			all = append(all, fmt.Sprintf(form, args...))
		}
	}
	add(len(w.on) > 0, "On %s.", practice.Few(w.on, 4, ", "))
	add(w.as != "", "As %s.", short(w.as))
	add(w.to != "", "To %s.", short(w.to))
	add(w.again, "It runs again by a schedule.")
	add(w.name != "", "Its name, which anybody may choose, is %s.", short(w.name))
	add(w.launcher != "", "It is started by a launcher, which may be another script: %s.", secret.Excerpt(w.launcher))
	add(w.excerpt != "", "Its words, as far as they may be shown: %s.", w.excerpt)
	add(w.sum != "", "%d bytes, SHA-256 %s.", w.bytes, w.sum)
	add(w.unread != "", "%s", w.unread)
	return strings.Join(all, " ")
}

// stop is the call that ends it, for a person to make.
func stop(r practice.Resource) []practice.Prevention {
	switch call := func(action, param string) cloud.Call { return cloud.New("ecs", action, r.Region, param, r.ID) }; r.Type {
	case resource.TypeTerminalSession:
		return practice.ByHand("It ends the session", call("EndTerminalSession", "SessionId"))
	case resource.TypeInvocation:
		return practice.ByHand("It stops what still runs", call("StopInvocation", "InvokeId"))
	case resource.TypeCommand:
		return practice.ByHand("It deletes the stored command", call("DeleteCommand", "CommandId"))
	}
	return nil
}
