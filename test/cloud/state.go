package cloud

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// The state of a scenario, as people write it. What a product generates by
// itself (times, ids of sessions, secrets) is left out, so that two dumps can
// be compared.
type stateFile struct {
	VPC         *vpcFile         `yaml:"vpc,omitempty"`
	ECS         *ecsFile         `yaml:"ecs,omitempty"`
	RAM         *ramFile         `yaml:"ram,omitempty"`
	ActionTrail *actionTrailFile `yaml:"actiontrail,omitempty"`
	SLB         *slbFile         `yaml:"slb,omitempty"`
	ALB         *albFile         `yaml:"alb,omitempty"`
	NLB         *nlbFile         `yaml:"nlb,omitempty"`
	Config      *configFile      `yaml:"config,omitempty"`
	SAS         *sasFile         `yaml:"sas,omitempty"`
	Logs        []logsFile       `yaml:"logs,omitempty"`
}

type actionTrailFile struct {
	Trails []trailFile `yaml:"trails"`
}

type trailFile struct {
	Name          string `yaml:"name"`
	Logging       bool   `yaml:"logging"`
	Events        string `yaml:"events,omitempty"`      // EventRW; default All
	Region        string `yaml:"region,omitempty"`      // TrailRegion; default All
	HomeRegion    string `yaml:"home-region,omitempty"` // default the cloud's
	SLSProjectARN string `yaml:"sls-project-arn,omitempty"`
	OSSBucket     string `yaml:"oss-bucket,omitempty"`
	Organization  bool   `yaml:"organization,omitempty"`
}

// fault at a place of the file, as a YAML path such as "$.ecs.disks[0]".
type placedError struct {
	path string
	err  error
}

func (e *placedError) Error() string { return e.err.Error() }

func at(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &placedError{fmt.Sprintf(format, args...), err}
}

// Load sets the state of the products that the document speaks of; the others
// stay as they are, and so do users and roles that were added. On an error
// nothing is changed.
func (c *Cloud) Load(document []byte) error {
	var f stateFile
	dec := yaml.NewDecoder(bytes.NewReader(document), yaml.Strict())
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("loading the cloud's state: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(&f); err != nil {
		return fmt.Errorf("loading the cloud's state: %w", withLine(document, err))
	}
	return nil
}

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

// load builds everything before it changes anything. mu is held.
func (c *Cloud) load(f *stateFile) error {
	var ecs *ecsState
	if f.ECS != nil {
		s, err := c.loadECS(f.ECS)
		if err != nil {
			return err
		}
		ecs = s
	}
	var network *vpcState
	if f.VPC != nil {
		s, err := c.loadVPC(f.VPC, cmp.Or(ecs, &c.ecs))
		if err != nil {
			return err
		}
		network = s
	}
	var trails []*trail
	if f.ActionTrail != nil {
		for i, t := range f.ActionTrail.Trails {
			made, err := c.loadTrail(t)
			if err != nil {
				return at(err, "$.actiontrail.trails[%d]", i)
			}
			trails = append(trails, made)
		}
	}
	rest, err := c.loadRest(f)
	if err != nil {
		return err
	}
	c.configItems = nil // what is loaded was there before
	if ecs != nil {
		c.ecs = *ecs
	}
	if network != nil {
		c.vpc = *network
	}
	if f.ActionTrail != nil {
		c.trails.trails = trails
	}
	rest()
	return nil
}

// loadRest builds what refers to nothing else, and returns what puts it in
// place.
func (c *Cloud) loadRest(f *stateFile) (func(), error) {
	var steps []func()
	if f.RAM != nil {
		change, err := c.checkRAM(f.RAM)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() { c.loadRAM(change) })
	}
	if f.SLB != nil {
		s, err := c.loadSLB(f.SLB)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() { c.slb = *s })
	}
	if f.ALB != nil {
		s, err := c.loadALB(f.ALB)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() { c.alb = *s })
	}
	if f.NLB != nil {
		s, err := c.loadNLB(f.NLB)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() { c.nlb = *s })
	}
	if f.Config != nil {
		rules, err := c.loadConfig(f.Config)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() { c.configRules = rules; c.judgeLoaded() })
	}
	if f.SAS != nil {
		s, err := loadSAS(f.SAS)
		if err != nil {
			return nil, at(err, "$.sas")
		}
		steps = append(steps, func() { c.sas = s })
	}
	logs, err := c.loadLogs(f.Logs)
	if err != nil {
		return nil, err
	}
	steps = append(steps, func() { c.placeLogs(logs) })
	return func() {
		for _, step := range steps {
			step()
		}
	}, nil
}

func (c *Cloud) loadTrail(t trailFile) (*trail, error) {
	made := &trail{
		name: t.Name, home: t.HomeRegion, eventRW: t.Events, region: t.Region, project: t.SLSProjectARN, bucket: t.OSSBucket,
		organization: t.Organization, status: "Disable", created: c.before(), updated: c.before(),
	}
	if made.home == "" {
		made.home = c.Region
	}
	if made.eventRW == "" {
		made.eventRW = "All"
	}
	if made.region == "" {
		made.region = "All"
	}
	if t.Logging {
		made.status, made.started = "Enable", c.before()
	}
	switch {
	case t.Name == "":
		return nil, errors.New("a trail needs a name")
	case !slices.Contains([]string{"All", "Read", "Write"}, made.eventRW):
		return nil, fmt.Errorf("events is %q, not All, Read or Write", made.eventRW)
	case !slices.Contains(regions, made.home):
		return nil, fmt.Errorf("no region %q", made.home)
	}
	return made, nil
}

// before is when what is loaded came to be: long enough ago to be seen.
func (c *Cloud) before() time.Time { return c.clock().Add(-24*time.Hour - c.Lag) }

// Dump writes the state as Load reads it, in a form that compares: sorted, and
// without what the cloud generates. Roles are not in it, nor policies that only
// they have, nor the earlier versions of a policy, nor logs.
func (c *Cloud) Dump() ([]byte, error) {
	c.mu.Lock()
	f := stateFile{VPC: c.dumpVPC(), ECS: c.dumpECS(), ActionTrail: c.dumpTrails(), SLB: c.dumpSLB(), ALB: c.dumpALB(), NLB: c.dumpNLB(), Config: c.dumpConfig(), SAS: c.dumpSAS()}
	var err error
	f.RAM, err = c.dumpRAM()
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	b, err := yaml.MarshalWithOptions(f, yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("dumping the cloud's state: %w", err)
	}
	return b, nil
}

func (c *Cloud) dumpTrails() *actionTrailFile {
	f := &actionTrailFile{Trails: []trailFile{}}
	for _, t := range c.trails.trails {
		f.Trails = append(f.Trails, trailFile{
			Name: t.name, Logging: t.status == "Enable", Events: t.eventRW, Region: t.region,
			HomeRegion: unless(t.home, c.Region), SLSProjectARN: t.project, OSSBucket: t.bucket, Organization: t.organization,
		})
	}
	slices.SortFunc(f.Trails, func(a, b trailFile) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// unless is s, or nothing where s is the default.
func unless(s, fallback string) string {
	if s == fallback {
		return ""
	}
	return s
}
