package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// There is a function that was found.
type There struct {
	Role     string // ARN
	Modified time.Time
}

// FunctionsThere judges the functions of the region, by their names.
func (d Deployment) FunctionsThere(there map[string]There) (faults []Fault) {
	for _, f := range d.Functions {
		found, ok := there[f.Name]
		switch {
		case !ok:
			faults = append(faults, d.missing(f.Name))
		case strings.ToLower(found.Role) != d.roleOf(f):
			has := found.Role
			if has == "" {
				has = "none"
			}
			faults = append(faults, Fault{Key: "function " + f.Name + " role", Trouble: message.Trouble{
				What:     fmt.Sprintf("the function %s does not run with its role %s (its role: %s)", f.Name, f.Role, has),
				Means:    "It may do more than was meant, or cannot work at all. " + unseen(f.Name),
				Mend:     "Deploy it again, and look in ActionTrail for who changed it (event UpdateFunction)." + asBefore,
				Commands: []string{d.Deploy(f.Name)},
			}})
		}
	}
	return faults
}

func (d Deployment) missing(name string) Fault {
	f := Fault{Key: "function " + name, Trouble: message.Trouble{
		What: fmt.Sprintf("the function %s is missing in %s", name, d.Region), Means: unseen(name),
		Mend: "Deploy it again." + asBefore, Commands: []string{d.Deploy(name)},
	}}
	if name != Triage && name != Notify {
		f.Mend = "Deploy it again, or set mode: off for it in ecsguard.yaml and deploy all." + asBefore
	}
	return f
}

// A Trigger is one of a function, as it was read.
type Trigger struct {
	Name, Type string
	Off        bool
}

// TriggersThere judges the triggers of one function.
func (d Deployment) TriggersThere(function string, there []Trigger) (faults []Fault) {
	f, _ := d.function(function)
	for _, name := range slices.Sorted(maps.Keys(f.Triggers)) {
		i := slices.IndexFunc(there, func(t Trigger) bool { return t.Name == name && t.Type == f.Triggers[name] })
		state := "is gone"
		switch {
		case i >= 0 && !there[i].Off:
			continue
		case i >= 0:
			state = "is switched off"
		}
		faults = append(faults, Fault{Key: "trigger " + function + "/" + name, Trouble: message.Trouble{
			What: fmt.Sprintf("the %s trigger %s of the function %s %s", f.Triggers[name], name, function, state), Means: untriggered(function, name),
			Mend: "Deploy the function again: it brings its triggers." + asBefore, Commands: []string{d.Deploy(function)},
		}})
	}
	return faults
}

// untriggered says what does not happen without a trigger.
func untriggered(function, trigger string) string {
	switch {
	case function == Triage && trigger == Events:
		return noEvents
	case function == Triage && trigger == Trail:
		return noTrail
	case function == Triage && strings.HasPrefix(trigger, practice.Sweeps):
		return fmt.Sprintf("Faults from before ecsguard was deployed, or whose event was lost, are not found by the practices that sweep every %s", strings.TrimPrefix(trigger, practice.Sweeps))
	case function == Triage:
		return "Whatever was left wrong is not looked at again, and nobody checks whether " + Notify + " is working"
	case function == Notify && trigger == Audit:
		return "Nobody is told of anything that ecsguard finds or does. The audit log has it all; what was written until the trigger is back may never be told, so read it there"
	}
	return "Nobody checks whether the parts of ecsguard are working"
}
