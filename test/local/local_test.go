package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/account"
)

// A state that was downloaded from one cloud is where the next begins, and the
// console says where it is told to.
func TestStateFileAndConsole(t *testing.T) {
	folder := project(t)
	state := filepath.Join(folder, "cloud.yaml")
	text := "ecs:\n  security-groups:\n    - {id: sg-web, name: kept, rules: [{id: sgr-a, protocol: TCP, ports: 22/22, source: 0.0.0.0/0}]}\n"
	for range 2 { // the second time from what the first has become
		if err := os.WriteFile(state, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		text = visit(t, options{root: folder, state: state, listen: free(t)})
		if !strings.Contains(text, "name: kept") || !strings.Contains(text, "name: you") {
			t.Errorf("the state has become\n%s", text)
		}
	}
	if err := os.WriteFile(state, []byte("ecs:\n  disks:\n    - id: bad\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), options{root: folder, state: state, listen: free(t)}); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a bad state: %v", err)
	}
	if err := run(t.Context(), options{root: folder, state: state, listen: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "not on this machine alone") {
		t.Errorf("for everyone: %v", err)
	}
}

// project is a folder as the demo needs it, with binaries for this machine.
func project(t *testing.T) string {
	t.Helper()
	folder, real := t.TempDir(), filepath.Join("..", "..")
	root, err := filepath.Abs(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"s.yaml", "test"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := account.Build(real, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// visit starts the cloud, makes a mistake in the console, waits until it is put right,
// and returns the state.
func visit(t *testing.T, o options) string {
	t.Helper()
	t.Setenv("HTTPS_PROXY", "") // run sets both
	t.Setenv("SSL_CERT_FILE", "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func(method, path string) (string, error) {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+o.listen+path, nil)
		if err != nil {
			return "", err
		}
		r.Header.Set("X-Ecsguard", "1")
		response, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s %s: %s", method, path, body)
		}
		return string(body), err
	}
	until := func(what string, is func() error) {
		err := errors.New("never tried")
		for look := time.NewTicker(50 * time.Millisecond); err != nil; <-look.C { // until the test's own time is up
			select {
			case ended := <-ended:
				t.Fatalf("%s: the cloud has ended: %v, and before: %v", what, ended, err)
			default:
				err = is()
			}
		}
	}
	until("the console", func() error { _, err := ask("GET", "/api/state"); return err })
	until("the loaded state", func() error {
		if text, err := ask("GET", "/api/state"); err != nil || !strings.Contains(text, "name: kept") {
			return fmt.Errorf("%s %w", text, err)
		}
		return nil
	})
	if _, err := ask("POST", "/api/mistakes/open-halves"); err != nil {
		t.Fatal(err)
	}
	until("the repair", func() error {
		text, err := ask("GET", "/api/records")
		if err != nil {
			return err
		}
		var list struct{ Items []struct{ Outcome string } }
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return err
		}
		for _, r := range list.Items {
			if r.Outcome == "fixed" {
				return nil
			}
		}
		return errors.New(text)
	})
	text, err := ask("GET", "/api/state")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the cloud ended with %v", err)
	}
	return text
}
