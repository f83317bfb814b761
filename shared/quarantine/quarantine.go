// Package quarantine takes a machine away from others until a person has looked at it, in a way that
// can be taken back: it is stopped, or it is moved into a security group that admits nothing. Practices
// offer it as a Param whose default is no. It deletes nothing.
//
// A machine that a service runs is left alone: the service would start it again, or replace it. The
// finding says whose it is (Finding.Managed), and so nothing is done about it.
package quarantine

import (
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// The name of the Param, and its choices.
const (
	Name = "quarantine"

	No      = "no"
	Stop    = "stop"
	Isolate = "isolate"
)

// words are what the choices do, for the Param's Doc.
var words = map[string]string{
	Stop:    "stop: it is stopped, and keeps its addresses and its price",
	Isolate: "isolate: its network interfaces are moved into a security group that admits nothing",
}

// Param is the setting by which a practice offers some of the choices.
func Param(choices ...string) practice.Param {
	doc := []string{"what is done with such an instance. no: people are told"}
	for _, c := range choices {
		doc = append(doc, words[c])
	}
	return practice.Param{Name: Name, Kind: practice.Choice, Default: []string{No}, Choices: append([]string{No}, choices...), Doc: strings.Join(doc, "; ")}
}

// Stopped tells whether an instance that should be stopped is, or is being stopped.
func Stopped(i resource.Instance) bool { return i.Status == "Stopped" || i.Status == "Stopping" }

// StopCall stops an instance, which keeps its disks, addresses and price.
func StopCall(region, id string) cloud.Call {
	return cloud.New("ecs", "StopInstance", region, "InstanceId", id, "StoppedMode", "KeepCharging")
}

// ToStop is the change that stops an instance that runs. One that starts cannot be stopped yet.
func ToStop(region string, i resource.Instance) ([]practice.Change, error) {
	switch {
	case Stopped(i):
		return nil, nil
	case i.Status != "Running":
		return nil, fmt.Errorf("instance %s is %s: %w", i.InstanceID, i.Status, practice.ErrNotYet)
	}
	return practice.Reversible("stop "+i.InstanceID+", which keeps its disks, addresses and price",
		StopCall(region, i.InstanceID),
		cloud.New("ecs", "StartInstance", region, "InstanceId", i.InstanceID)), nil
}
