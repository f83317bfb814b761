// Package deployment says which practices are deployed: s.yaml and the operator's
// settings decide it together, and have to agree.
package deployment

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// The files, in the project's folder.
const (
	File     = "s.yaml"
	Settings = "ecsguard.yaml" // there may be none
)

// Load reads the settings in the project's folder, for the practices. Without a file nothing is set.
func Load(root string, all ...*practice.Practice) (settings.Settings, error) {
	text, err := os.ReadFile(filepath.Join(root, Settings))
	if errors.Is(err, fs.ErrNotExist) {
		return settings.Settings{}, nil
	}
	if err != nil {
		return settings.Settings{}, err
	}
	return settings.Parse(Settings, text, all...)
}

// AsDeployed is what the functions make of settings: s.yaml always sets the mode of the practices
// that set none, to ECSGUARD_MODE of whoever deploys, or observe. It says where the file's own
// first mode therefore has no effect.
func AsDeployed(set settings.Settings, getenv func(string) string) (deployed settings.Settings, doubt string, err error) {
	own := set.Mode
	mode := practice.Mode(cmp.Or(getenv(settings.EnvMode), string(practice.Observe)))
	if set, err = set.InMode(string(mode)); err != nil {
		return set, "", err
	}
	if own != "" && own != mode {
		doubt = fmt.Sprintf("%smode: %s has no effect: %s deploys the practices that set no mode with that of %s, which is %s here; set the mode of each practice that it is meant for",
			set.At("mode"), own, File, settings.EnvMode, mode)
	}
	return set, doubt, nil
}

// Unwatched says that the settings leave out the region of the deployment itself, if they do.
func Unwatched(set settings.Settings, region string) string {
	if len(set.Regions) == 0 || slices.Contains(set.Regions, region) {
		return ""
	}
	return fmt.Sprintf("%sregions: the region of the deployment (REGION), %s, is not among them, so nothing in it is watched", set.At("regions"), region)
}

// Has tells whether there is a file of settings in the project's folder.
func Has(root string) bool {
	_, err := os.Stat(filepath.Join(root, Settings))
	return !errors.Is(err, fs.ErrNotExist)
}

// Which says which settings are read in a folder, or that there are none: in another folder
// than the project's they would be missed without a word.
func Which(root string) string {
	folder, err := filepath.Abs(root)
	if err != nil {
		folder = root
	}
	if Has(root) {
		return "settings: " + filepath.Join(folder, Settings)
	}
	return "settings: no " + Settings + " in " + folder + ", so the defaults hold"
}

// Agree says in words where s.yaml and the settings do not decide the same, and what puts
// it right.
func Agree(serverless []byte, set settings.Settings, all []*practice.Practice) error {
	var file struct {
		Resources map[string]struct {
			Props struct {
				FunctionName string `yaml:"functionName"`
			}
		}
	}
	if err := yaml.Unmarshal(serverless, &file); err != nil {
		return fmt.Errorf("%s: %s", File, yaml.FormatError(err, false, true))
	}
	there := map[string]bool{}
	for _, r := range file.Resources {
		there[r.Props.FunctionName] = true
	}
	wanted := set.Deployed(all)
	var off, retired, lacking []string
	for _, p := range all {
		switch on := slices.Contains(wanted, p); {
		case there[practice.FunctionName(p.ID)] && p.Retired != "":
			retired = append(retired, p.ID)
		case there[practice.FunctionName(p.ID)] && !on:
			off = append(off, p.ID)
		case !there[practice.FunctionName(p.ID)] && on:
			lacking = append(lacking, p.ID)
		}
	}
	// Serverless Devs finds a function by s.yaml, and removes none that is no longer there.
	const removing = "for each that was deployed run s <name> remove; then run make generate"
	return errors.Join(
		fault(File+" deploys what is off in "+Settings, off, removing),
		fault(File+" deploys what is retired", retired, removing),
		fault(File+" lacks what is not off in "+Settings, lacking, "run make generate, and for the roles "+Prepare(set, all)),
	)
}

// Prepare is the command that makes the roles that the settings need, in the region that
// REGION names.
func Prepare(set settings.Settings, all []*practice.Practice) string {
	mode := practice.Observe
	for _, p := range set.Deployed(all) {
		if is := set.ModeOf(p); is == practice.Enforce || is == practice.Approve {
			mode = practice.Enforce
		}
	}
	return "go run ./deploy/ecsguard prepare --mode " + string(mode)
}

// fault is about some practices, or nil about none.
func fault(what string, ids []string, remedy string) error {
	if len(ids) == 0 {
		return nil
	}
	return fmt.Errorf("%s (%s): %s", what, strings.Join(ids, ", "), remedy)
}
