package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// Loader makes resources of what a document says.
// One is made for each section: ids are unique within a product, and not among products.
type Loader struct {
	home string          // the region of those that name none
	made time.Time       // when they came to be
	Seen map[string]bool // ids
}

func (c *Cloud) NewLoader() Loader {
	return Loader{home: c.Region, made: c.LongAgo(), Seen: map[string]bool{}}
}

// Resource makes the common part of one, whose id must begin as those of its kind do and
// must be new. A kind without a prefix has any id.
func (l *Loader) Resource(id, name, region, prefix string, tags map[string]string) (Resource, error) {
	r := Resource{ID: id, Name: name, Region: cmp.Or(region, l.home), Tags: map[string]string{}, Created: l.made}
	maps.Copy(r.Tags, tags)
	if prefix != "" {
		prefix += "-"
	}
	switch {
	case !strings.HasPrefix(id, prefix):
		return r, fmt.Errorf("id %q does not begin with %q", id, prefix)
	// Within one product: two of its kinds cannot share an id either.
	case l.Seen[id]:
		return r, fmt.Errorf("id %q is used twice", id)
	case !slices.Contains(Regions, r.Region):
		return r, fmt.Errorf("no region %q", r.Region)
	}
	l.Seen[id] = true
	return r, nil
}

// At says where in the document something is wrong. A place that begins with a dot is within
// what the caller is at, who puts its own in front.
func At(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	path := fmt.Sprintf(format, args...)
	if inner, ok := err.(*placedError); ok && strings.HasPrefix(inner.path, ".") {
		return &placedError{path + inner.path, inner.err}
	}
	return &placedError{path, err}
}

// fault at a place of the file, as a YAML path such as "$.ecs.disks[0]".
type placedError struct {
	path string
	err  error
}

func (e *placedError) Error() string { return e.err.Error() }

// withLine puts the line in front of an error that knows its place.
// Without the line where the place is not in the document: what was put there by a default has
// none.
func withLine(document []byte, err error) error {
	var placed *placedError
	if !errors.As(err, &placed) {
		return err
	}
	path, perr := yaml.PathString(placed.path)
	file, ferr := parser.ParseBytes(document, 0)
	if perr != nil || ferr != nil {
		return err
	}
	node, nerr := path.FilterFile(file)
	if nerr != nil {
		return err
	}
	return fmt.Errorf("line %d (%s): %w", node.GetToken().Position.Line, strings.TrimPrefix(placed.path, "$."), err)
}

// LongAgo is when what is loaded came to be: long enough ago to be seen.
func (c *Cloud) LongAgo() time.Time { return c.Clock().Add(-24*time.Hour - c.Lag) }

// Unless is s, or nothing where s is the default.
func Unless(s, fallback string) string {
	if s == fallback {
		return ""
	}
	return s
}
