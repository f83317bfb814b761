package actiontrail

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

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

func (c *Service) loadTrails(f *actionTrailFile, _ map[string]any) (func(), error) {
	var trails []*Trail
	for i, t := range f.Trails {
		made, err := c.loadTrail(t)
		if err != nil {
			return nil, kernel.At(err, "$.actiontrail.trails[%d]", i)
		}
		trails = append(trails, made)
	}
	return func() { c.Trails = trails }, nil
}

func (c *Service) loadTrail(t trailFile) (*Trail, error) {
	made := &Trail{
		name: t.Name, home: t.HomeRegion, eventRW: t.Events, region: t.Region, project: t.SLSProjectARN, bucket: t.OSSBucket,
		organization: t.Organization, Status: "Disable", created: c.LongAgo(), updated: c.LongAgo(),
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
		made.Status, made.started = "Enable", c.LongAgo()
	}
	switch {
	case t.Name == "":
		return nil, errors.New("a trail needs a name")
	case !slices.Contains([]string{"All", "Read", "Write"}, made.eventRW):
		return nil, fmt.Errorf("events is %q, not All, Read or Write", made.eventRW)
	case !slices.Contains(kernel.Regions, made.home):
		return nil, fmt.Errorf("no region %q", made.home)
	}
	return made, nil
}

func (c *Service) dumpTrails() *actionTrailFile {
	f := &actionTrailFile{Trails: []trailFile{}}
	for _, t := range c.Trails {
		f.Trails = append(f.Trails, trailFile{
			Name: t.name, Logging: t.Status == "Enable", Events: t.eventRW, Region: t.region,
			HomeRegion: kernel.Unless(t.home, c.Region), SLSProjectARN: t.project, OSSBucket: t.bucket, Organization: t.organization,
		})
	}
	slices.SortFunc(f.Trails, func(a, b trailFile) int { return strings.Compare(a.Name, b.Name) })
	return f
}
