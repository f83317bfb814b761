package registry

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Programs are the test and the main of each practice. Peers are the IDs of the
// others of its family: the main gets them. A scenario is about what the practice
// finds and does, whoever speaks of it in the end; test/whole shows the latter.
func Programs(root string, peers map[string][]string) (output.Output, error) {
	ids, err := IDs(root)
	if err != nil {
		return output.Output{}, err
	}
	files := map[string]string{}
	for _, id := range ids {
		files["functions/"+id+"/practice_test.go"] = test(id)
		files["functions/"+id+"/main/main.go"] = main(id, peers[id])
	}
	owned := []string{"functions/*/practice_test.go", "functions/*/main/main.go"}
	return output.Output{Files: files, Owned: owned}, nil
}

func test(id string) string {
	return output.Header + `package ` + practice.PackageName(id) + `_test

import (
	"testing"

` + specs(id, nil) + `	"` + module + `/test/practicetest"
)

func TestPractice(t *testing.T) { practicetest.Run(t, ` + values(id, nil) + `) }
`
}

func main(id string, peers []string) string {
	return output.Header + `package main

import (
` + specs(id, peers) + `	"` + module + `/shared/run"
)

` + call("func main()", "run.Main("+values(id, peers)+")")
}

// call is a function that makes one, as gofmt wants it: long ones take three lines.
func call(head, body string) string {
	if line := head + " { " + body + " }"; len(line) <= 100 {
		return line + "\n"
	}
	return head + " {\n\t" + body + "\n}\n"
}

// specs are the imports, in the order that gofmt wants.
func specs(id string, peers []string) string {
	var b strings.Builder
	for _, x := range sorted(id, peers) {
		b.WriteString("\t" + spec(x) + "\n")
	}
	return b.String()
}

func sorted(id string, peers []string) []string {
	all := slices.Clone(peers)
	if id != "" {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// values are the practice and then its peers.
func values(id string, peers []string) string {
	var words []string
	for _, x := range append([]string{id}, sorted("", peers)...) {
		words = append(words, practice.PackageName(x)+".Practice")
	}
	return strings.Join(words, ", ")
}
