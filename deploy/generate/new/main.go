// Command new begins a practice or a channel: a folder whose files compile, and whose tests
// say what is still to be done.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
)

func main() {
	id := flag.String("id", "", "the practice's ID, such as ecs-disk-encrypted")
	channel := flag.String("channel", "", "or the channel's name, such as dingtalk")
	flag.Parse()
	if err := start(*id, *channel); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func start(id, channel string) error {
	switch {
	case id != "" && channel != "":
		return errors.New("say one: -id some-practice, or -channel somechat")
	case channel != "":
		return beginChannel(channel)
	}
	return begin(id)
}

func begin(id string) error {
	root, err := output.Root()
	if err != nil {
		return err
	}
	table, err := catalogue.Load(root)
	if err != nil {
		return err
	}
	files, err := scaffold(root, id, table)
	if err != nil {
		return err
	}
	if err := (output.Output{Files: files}).Write(root); err != nil {
		return err
	}
	fmt.Printf(`functions/%[1]s is there. What it lacks is marked TODO.
  doc.go        what is wrong, what is done, what may break
  practice.go   when to look, what to read, what to report
  testdata/     what happens, and what must come of it; begin here
Then: make generate && go test ./functions/%[1]s
docs/adding-a-practice.md goes through one that is finished.
`, id)
	return nil
}

func beginChannel(name string) error {
	root, err := output.Root()
	if err != nil {
		return err
	}
	files, err := scaffoldChannel(root, name)
	if err != nil {
		return err
	}
	if err := (output.Output{Files: files}).Write(root); err != nil {
		return err
	}
	fmt.Printf(`shared/channel/%[1]s is there. What it lacks is marked TODO.
  channel.go        its limits, its variables, how a message looks, what is posted
  channel_test.go   what every channel has to stand, and what this one sends
Then: make generate && go test ./shared/channel/...
docs/adding-a-channel.md goes through it.
`, name)
	return nil
}
