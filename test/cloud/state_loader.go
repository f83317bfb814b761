package cloud

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

// loader makes resources of what a document says.
type loader struct {
	home string          // the region of those that name none
	made time.Time       // when they came to be
	seen map[string]bool // ids
}

func (c *Cloud) newLoader() loader {
	return loader{home: c.Region, made: c.before(), seen: map[string]bool{}}
}

func (l *loader) resource(id, name, region, prefix string, tags map[string]string) (ecsResource, error) {
	r := ecsResource{id: id, name: name, region: cmp.Or(region, l.home), tags: map[string]string{}, created: l.made}
	maps.Copy(r.tags, tags)
	switch {
	case !strings.HasPrefix(id, prefix+"-"):
		return r, fmt.Errorf("id %q does not begin with %q", id, prefix+"-")
	case l.seen[id]:
		return r, fmt.Errorf("id %q is used twice", id)
	case !slices.Contains(regions, r.region):
		return r, fmt.Errorf("no region %q", r.region)
	}
	l.seen[id] = true
	return r, nil
}

func at(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &placedError{fmt.Sprintf(format, args...), err}
}

// fault at a place of the file, as a YAML path such as "$.ecs.disks[0]".
type placedError struct {
	path string
	err  error
}

func (e *placedError) Error() string { return e.err.Error() }

// withLine puts the line in front of an error that knows its place.
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

// before is when what is loaded came to be: long enough ago to be seen.
func (c *Cloud) before() time.Time { return c.clock().Add(-24*time.Hour - c.Lag) }

// unless is s, or nothing where s is the default.
func unless(s, fallback string) string {
	if s == fallback {
		return ""
	}
	return s
}
