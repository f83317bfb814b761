// Command new begins a practice, a channel or a product of the local cloud: a folder whose
// files compile, and whose tests say what is still to be done.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
)

func main() {
	id := flag.String("id", "", "the practice's ID, such as ecs-disk-encrypted")
	channel := flag.String("channel", "", "or the channel's name, such as dingtalk")
	product := flag.String("product", "", "or the product's name, such as kms")
	of := flag.String("resource", "", "and what of it is there, such as key")
	flag.Parse()
	if err := start(*id, *channel, *product, *of); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func start(id, channel, product, of string) error {
	said := slices.DeleteFunc([]string{id, channel, product}, func(s string) bool { return s == "" })
	switch {
	case len(said) > 1:
		return errors.New("say one: -id some-practice, -channel somechat, or -product kms")
	case product != "":
		return beginProduct(product, of)
	case of != "":
		return errors.New("a resource is one of a product: say -product as well")
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
	if err := leave(root, files, "./functions/"+id); err != nil {
		return err
	}
	fmt.Printf(`functions/%[1]s is there. What it lacks is marked TODO.
  doc.go        what is wrong, what is done, what may break
  practice.go   when to look, what to read, what to report
  testdata/     what happens, and what must come of it; begin here
Then: go test ./functions/%[1]s (some minutes the first time, to compile the local cloud; seconds after that)
Until it is finished, make check says what is missing.
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
	if err := leave(root, files, "./shared/channel/"+name); err != nil {
		return err
	}
	fmt.Printf(`shared/channel/%[1]s is there. What it lacks is marked TODO.
  channel.go        its limits, its variables, how a message looks, what is posted
  channel_test.go   what every channel has to stand, and what this one sends
Then: go test ./shared/channel/...
Until it is finished, make check says what is missing.
docs/adding-a-channel.md goes through it.
`, name)
	return nil
}

func beginProduct(name, of string) error {
	root, err := output.Root()
	if err != nil {
		return err
	}
	files, err := scaffoldProduct(root, name, of)
	if err != nil {
		return err
	}
	if err := leave(root, files, "./test/cloud/"+name, "./shared/resource"); err != nil {
		return err
	}
	fmt.Printf(`The product %[1]s is there. What it lacks is marked TODO.
  test/cloud/%[1]s      the product: what it is, a resource with its actions, what it has to do
  shared/resource/%[1]s.go  how practices call and read it
It is for RPC APIs, whose calls are parameters named Action, Version and so on. A REST API, as Log Service has, is written
by hand: test/cloud/logservice is one.
Then: go test ./test/cloud/%[1]s ./shared/resource
test/cloud/README.md says what belongs where.
`, name, of)
	return nil
}

// leave writes what was made, if it compiles: what does not would keep every later make from
// working. It is compiled laid over the project, before any of it is there.
func leave(root string, files map[string]string, packages ...string) error {
	dir, err := os.MkdirTemp("", "ecsguard-new")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := output.Output{Files: files}
	list, err := made.Overlay(root, dir)
	if err != nil {
		return err
	}
	build := exec.Command("go", append([]string{"build", "-overlay", list}, packages...)...)
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("nothing is written, since it does not compile; take another name: %w\n%s", err, strings.TrimSpace(string(said)))
	}
	return made.Write(root)
}
