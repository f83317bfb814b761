package guest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Form is what a report looks like: a first line, then exactly these fields in this order, each a line with its name
// and its value, then "end". A field without words is a number up to mostOf.
type Form struct {
	First  string
	Fields []Field
}

// A Field of a report has one of some words, or a number.
type Field struct {
	Name  string
	Words []string
}

// bounds of what is read of an output, and of a number in it.
const (
	mostBytes = 2 << 10
	mostOf    = 999
)

// Values are what a report says.
type Values map[string]string

// Number is the value of a field that is a number.
func (v Values) Number(name string) int {
	n, _ := strconv.Atoi(v[name]) // read has checked it
	return n
}

// errForm says nothing of what was printed.
var errForm = errors.New("what it printed is not the report that was asked for")

// read takes an output apart.
func (f Form) read(output []byte) (Values, error) {
	if len(output) > mostBytes || bytes.IndexFunc(output, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) >= 0 {
		return nil, errForm
	}
	lines := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(lines) != len(f.Fields)+2 || lines[0] != f.First || lines[len(lines)-1] != "end" {
		return nil, errForm
	}
	values := Values{}
	for i, field := range f.Fields {
		value, ok := strings.CutPrefix(lines[i+1], field.Name+" ")
		if !ok || !field.takes(value) {
			return nil, fmt.Errorf("%w: the field %s", errForm, field.Name)
		}
		values[field.Name] = value
	}
	return values, nil
}

func (f Field) takes(value string) bool {
	if len(f.Words) > 0 {
		return slices.Contains(f.Words, value)
	}
	n, err := strconv.Atoi(value)
	return err == nil && n >= 0 && n <= mostOf && value == strconv.Itoa(n)
}
