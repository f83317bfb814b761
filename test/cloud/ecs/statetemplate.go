package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// openPortFile is a port that a process of an instance listens on.
type openPortFile struct {
	Port     int    `yaml:"port"`
	Process  string `yaml:"process"`
	Bind     string `yaml:"bind,omitempty"`     // default 0.0.0.0
	Protocol string `yaml:"protocol,omitempty"` // default tcp
}

type templateFile struct {
	ID       string                `yaml:"id"`
	Name     string                `yaml:"name"`
	Region   string                `yaml:"region,omitempty"`
	Default  int                   `yaml:"default-version,omitempty"` // default 1
	Tags     map[string]string     `yaml:"tags,omitempty"`
	Versions []templateVersionFile `yaml:"versions"`
}

type templateVersionFile struct {
	Number      int               `yaml:"number,omitempty"` // default the next
	Description string            `yaml:"description,omitempty"`
	Parameters  map[string]string `yaml:"parameters,omitempty"` // flat, as the API names them
}

func (i *instance) listen(files []openPortFile) error {
	for _, f := range files {
		if f.Port < 1 || f.Port > 65535 {
			return fmt.Errorf("no port %d", f.Port)
		}
		i.Listening = append(i.Listening, openPort{f.Port, cmp.Or(f.Protocol, "tcp"), cmp.Or(f.Bind, "0.0.0.0"), f.Process})
	}
	return nil
}

func (l *ecsLoader) template(f templateFile) error {
	r, err := l.Resource(f.ID, f.Name, f.Region, "lt", f.Tags)
	if err != nil {
		return err
	}
	t, spec := &launchTemplate{Resource: r, preferred: cmp.Or(f.Default, 1)}, kernel.ParseParams(templateParams)
	numbers, last := map[int]bool{}, 0
	for _, v := range f.Versions {
		version := &templateVersion{number: cmp.Or(v.Number, last+1), description: v.Description, params: map[string]string{}, created: r.Created}
		if version.number <= last {
			return fmt.Errorf("version %d comes after version %d", version.number, last)
		}
		last = version.number
		numbers[last] = true
		for name, value := range v.Parameters {
			if kernel.FindParam(spec, name) == nil {
				return fmt.Errorf("a launch template has no parameter %s", name)
			}
			version.params[name] = value
		}
		t.versions = append(t.versions, version)
	}
	l.s.templates = append(l.s.templates, t)
	switch {
	case f.Name == "":
		return errors.New("a launch template needs a name")
	case !numbers[t.preferred]:
		return fmt.Errorf("no version %d", t.preferred)
	}
	return nil
}

func (c *Service) dumpTemplates(f *ecsFile) {
	for _, t := range kernel.ByID(c.templates) {
		file := templateFile{ID: t.ID, Name: t.Name, Region: kernel.Unless(t.Region, c.Region), Tags: maps.Clone(t.Tags)}
		if t.preferred != 1 {
			file.Default = t.preferred
		}
		for n, v := range t.versions {
			version := templateVersionFile{Description: v.description, Parameters: maps.Clone(v.params)}
			if n+1 != v.number {
				version.Number = v.number
			}
			file.Versions = append(file.Versions, version)
		}
		f.LaunchTemplates = append(f.LaunchTemplates, file)
	}
}
