package ecsdiskencrypted_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	ecsdiskencrypted "github.com/ecsguard/ecsguard/functions/ecs-disk-encrypted"
	"github.com/ecsguard/ecsguard/shared/practice"
	kernel "github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// until runs minutes until something holds.
func until(t *testing.T, c *scenario.Course, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		if holds() {
			return
		}
		c.Pass(time.Minute)
	}
	t.Fatalf("never: %s\n%s\n%s", what, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
}

func made(c *scenario.Course, action string) func() bool {
	return func() bool {
		return slices.ContainsFunc(c.Changes(), func(call string) bool { return strings.HasPrefix(call, "ecs "+action+" ") })
	}
}

func dump(c *scenario.Course) string { return string(must(c.Cloud().Dump())) }

func running(state string) string {
	return strings.Replace(state, "status: Stopped", "status: Running", 1)
}

// The instance is started at the very moment at which the old disk is taken off: what has been written is on the old disk, and that is attached again.
func TestStartedAsTheDiskIsTakenOff(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Cloud().Before(1, func(call kernel.Call) bool { return call.Action == "ecs:DetachDisk" }, func() { c.Do(call("StartInstance", "InstanceId", "i-db")) })
		c.Event(found)
		c.Pass(28 * time.Hour)
		if d := disks(t, c)["d-old"]; d.InstanceID != "i-db" || d.Device != "/dev/xvdc" || !d.DeleteWithInstance || !strings.Contains(dump(c), "content: books+") {
			t.Errorf("the disk with what was written is not at its place: %+v\n%s", d, strings.Join(c.Changes(), "\n"))
		}
		if told := strings.Join(c.Told, ""); !strings.Contains(told, "attached again") || !strings.Contains(told, "DeleteDisk --region cn-hangzhou --DiskId "+replaced(t, c).DiskID) {
			t.Errorf("nobody is told:\n%s", told)
		}
	})
}

// Who has had the copy on another instance has written to it, also where it is off again.
func TestTheCopyWasOnAnotherInstance(t *testing.T) {
	state := strings.Replace(stopped, "instances: [", "instances: [{id: i-other}, ", 1)
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		until(t, c, "CreateDisk", made(c, "CreateDisk"))
		time.Sleep(3*time.Minute + time.Second)
		c.Do(call("AttachDisk", "InstanceId", "i-other", "DiskId", replaced(t, c).DiskID))
		time.Sleep(10 * time.Second)
		c.Do(call("DetachDisk", "InstanceId", "i-other", "DiskId", replaced(t, c).DiskID))
		c.Pass(28 * time.Hour)
		if d := disks(t, c)["d-old"]; d.InstanceID != "i-db" || !strings.Contains(c.Told[len(c.Told)-1], "Somebody has attached the encrypted copy") {
			t.Errorf("%+v\n%s\n%s", d, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}

// The new disk cannot be attached: after an hour the old one is again, and the instance that was stopped for it runs.
func TestTheNewDiskCannotBeAttached(t *testing.T) {
	for _, mode := range []string{"stopped", "stop"} {
		state := stopped
		if mode == "stop" {
			state = running(state)
		}
		scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings(mode, "0"), state, func(t *testing.T, c *scenario.Course) {
			var refuse func()
			c.Cloud().Gate(func(call kernel.Call) func() {
				if call.Action == "ecs:AttachDisk" && call.Params["DiskId"] != "d-old" && refuse == nil {
					refuse = c.Cloud().Inject(kernel.Fault{Action: "ecs:AttachDisk", Status: 403, Code: "InvalidKMSKey.Disabled"})
				} else if call.Action == "ecs:AttachDisk" && call.Params["DiskId"] == "d-old" {
					refuse()
				}
				return nil
			})
			c.Event(found)
			c.Pass(5 * time.Hour)
			if d := disks(t, c)["d-old"]; d.InstanceID != "i-db" || d.Device != "/dev/xvdc" || !d.DeleteWithInstance {
				t.Errorf("%s: the instance has neither: %+v\n%s", mode, d, strings.Join(c.Changes(), "\n"))
			}
			if mode == "stop" && (strings.Contains(dump(c), "status: Stopped") || strings.Contains(dump(c), "stopped-for")) {
				t.Errorf("the instance is not as before\n%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
			}
			if told := strings.Join(c.Told, ""); !strings.Contains(told, "KMSKey.Disabled") || !strings.Contains(told, "attached again") {
				t.Errorf("nobody is told:\n%s", told)
			}
			n := len(c.Told)
			if c.Pass(3 * 24 * time.Hour); len(c.Told)-n != 3 {
				t.Errorf("told %d times in three days:\n%s", len(c.Told)-n, strings.Join(c.Told[n:], "\n"))
			}
		})
	}
}

// Of an instance that ecsguard has stopped people are told, wherever its disk is by then.
func TestTheStoppedInstanceIsNamed(t *testing.T) {
	off := func(t *testing.T, c *scenario.Course) {
		c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", "d-old"))
		time.Sleep(10 * time.Second)
	}
	for name, happen := range map[string]func(*testing.T, *scenario.Course){
		"taken off": off,
		"deleted": func(t *testing.T, c *scenario.Course) {
			off(t, c)
			c.Do(call("DeleteDisk", "DiskId", "d-old"))
		},
		"moved": func(t *testing.T, c *scenario.Course) {
			off(t, c)
			c.Do(call("AttachDisk", "InstanceId", "i-other", "DiskId", "d-old"))
		},
		"the tag is gone": func(t *testing.T, c *scenario.Course) {
			c.Do(call("UntagResources", "ResourceType", "disk", "ResourceId.1", "d-old", "TagKey.1", "ecsguard:replacement"))
		},
		"nothing may be read": func(t *testing.T, c *scenario.Course) {
			c.Cloud().Inject(kernel.Fault{Action: "ecs:DescribeSnapshots", Status: 403, Code: "Forbidden.RAM"})
		},
		"the param is no": func(t *testing.T, c *scenario.Course) { c.Param("replace", "no") },
		"observe":         func(t *testing.T, c *scenario.Course) { c.Mode(practice.Observe) },
		"approve":         func(t *testing.T, c *scenario.Course) { c.Mode(practice.Approve) },
	} {
		t.Run(name, func(t *testing.T) {
			state := strings.Replace(running(stopped), "instances: [", "instances: [{id: i-other}, ", 1)
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), state, func(t *testing.T, c *scenario.Course) {
				c.Event(found)
				until(t, c, "CopySnapshot", made(c, "CopySnapshot"))
				n := len(c.Told)
				happen(t, c)
				c.Pass(2 * time.Hour)
				if told := strings.Join(c.Told[n:], ""); !strings.Contains(told, "StartInstance --region cn-hangzhou --InstanceId i-db") && !strings.Contains(told, "ecsguard:stopped-for=d-old") {
					t.Errorf("nobody is told that the instance is stopped:\n%s\n%s\n%v", strings.Join(c.Changes(), "\n"), told, c.Errs)
				}
			})
		})
	}
}

// A disk on no instance: once the old one is gone, nobody is told to delete the new one, which has the only data.
func TestADiskOnNoInstanceToTheEnd(t *testing.T) {
	state := "ecs:\n  snapshot-minutes: 12\n  disk-minutes: 3\n  disks: [{id: d-old, encrypted: false, content: books}]\n"
	for _, kept := range []string{"tell", "delete"} {
		for _, early := range []bool{false, true} {
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
				c.Param("kept", kept)
				c.Event(found)
				c.Pass(4 * time.Hour)
				if early { // by a person
					c.Do(call("DeleteDisk", "DiskId", "d-old"))
				}
				c.Pass(15*24*time.Hour + time.Minute)
				if kept == "tell" && !early {
					c.Do(call("DeleteDisk", "DiskId", "d-old"))
				}
				n := replaced(t, c)
				c.Pass(3 * 24 * time.Hour)
				if all := disks(t, c); len(all) != 1 || n == nil || all[n.DiskID].DiskID == "" || strings.Contains(strings.Join(c.Told, ""), "DeleteDisk --region cn-hangzhou --DiskId "+n.DiskID) || strings.Contains(strings.Join(c.Told, ""), "has stopped") {
					t.Errorf("kept: %s, early %v: %v\n%s\n%s", kept, early, all, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
				}
			})
		}
	}
}

// An old disk that people have used again is not deleted at the end of its time, and people are told.
func TestTheOldDiskIsUsedAgain(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Param("kept", "delete")
		c.Event(found)
		c.Pass(4 * time.Hour)
		c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", replaced(t, c).DiskID))
		time.Sleep(time.Minute)
		c.Do(call("AttachDisk", "InstanceId", "i-db", "DiskId", "d-old"), call("StartInstance", "InstanceId", "i-db"), call("StopInstance", "InstanceId", "i-db"))
		time.Sleep(time.Minute)
		c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", "d-old"))
		told := len(c.Told)
		c.Pass(20 * 24 * time.Hour)
		if disks(t, c)["d-old"].DiskID == "" || len(c.Told)-told < 15 {
			t.Errorf("told %d times\n%s\n%s", len(c.Told)-told, strings.Join(c.Changes(), "\n"), strings.Join(c.Told[told:], "\n"))
		}
	})
}

// Tags alone bring nobody to delete a disk: not ecsguard, and not the people that it tells what is left over.
func TestTagsAloneDeleteNothing(t *testing.T) {
	const foreign = `    - {id: d-other, encrypted: true, snapshot: s-other, tags: {"ecsguard:replaces": d-old}}
  snapshots: [{id: s-other, disk: d-third, encrypted: true, tags: {"ecsguard:replaces": d-old}}]
`
	for name, disk := range map[string]string{
		"kept long enough": `{id: d-old, encrypted: false, tags: {"ecsguard:replacement": "kept until 2000-01-01 by d-other"}}`,
		"on an instance":   `{id: d-old, encrypted: false, tags: {"ecsguard:replacement": "kept until 2000-01-01 by d-other at i-db /dev/xvdc stays"}}`,
		"left over":        `{id: d-old, encrypted: false}`,
		"begun":            `{id: d-old, encrypted: false, tags: {"ecsguard:replacement": "from 1999-12-31T00:00Z"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			state := "ecs:\n  instances: [{id: i-db}]\n  disks:\n    - " + disk + "\n" + foreign
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
				c.Param("kept", "delete")
				c.Event(found)
				c.Pass(3 * 24 * time.Hour)
				told := strings.Join(c.Told, "")
				for _, id := range []string{"--DiskId d-other", "--SnapshotId s-other"} {
					if strings.Contains(told, id) {
						t.Errorf("people are told to remove %s:\n%s", id, told)
					}
				}
				if len(c.Told) == 0 || made(c, "DeleteDisk")() {
					t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), told)
				}
			})
		})
	}
}

// Who takes the tag off the new disk, as Terraform does, has not undone the replacement.
func TestTheTagOfTheNewDiskIsTakenOff(t *testing.T) {
	for _, action := range []string{"CreateDisk", "DetachDisk"} {
		scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
			c.Event(found)
			until(t, c, action, made(c, action))
			id := replaced(t, c).DiskID
			c.Do(call("UntagResources", "ResourceType", "disk", "ResourceId.1", id, "TagKey.1", "ecsguard:replaces"))
			c.Pass(3 * 24 * time.Hour)
			if d := disks(t, c)[id]; d.InstanceID != "i-db" || len(disks(t, c)) != 3 || len(c.Told) != 2 {
				t.Errorf("%s: %+v\n%s\n%s", action, d, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
			}
		})
	}
}

// What the messages say is begun again once the leftovers are gone is, also where only the snapshot was removed.
func TestItIsBegunAgain(t *testing.T) {
	for _, all := range []bool{false, true} {
		scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
			c.Event(found)
			until(t, c, "CreateSnapshot", made(c, "CreateSnapshot"))
			c.Pass(30 * time.Minute)
			if all {
				c.Do(call("StartInstance", "InstanceId", "i-db"))
				c.Pass(10 * time.Minute)
				c.Do(call("StopInstance", "InstanceId", "i-db"))
			}
			for _, s := range snapshots(t, c) {
				c.Do(call("DeleteSnapshot", "SnapshotId", s.SnapshotID, "Force", "true"))
			}
			if c.Pass(3 * 24 * time.Hour); replaced(t, c) == nil || replaced(t, c).InstanceID != "i-db" {
				t.Errorf("started meanwhile: %v\n%s\n%s", all, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
			}
		})
	}
}

// A start that is accepted and fails is made again, and told.
func TestAStartThatFails(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), running(stopped), func(t *testing.T, c *scenario.Course) {
		mend := c.Cloud().Inject(kernel.Fault{Action: "ecs:StartInstance", Ignore: true})
		c.Event(found)
		c.Pass(24 * time.Hour)
		if told := strings.Join(c.Told, ""); !strings.Contains(told, "StartInstance --region cn-hangzhou --InstanceId i-db") {
			t.Errorf("nobody is told:\n%s\n%s", strings.Join(c.Changes(), "\n"), told)
		}
		mend()
		if c.Pass(26 * time.Hour); strings.Contains(dump(c), "status: Stopped") || strings.Contains(dump(c), "stopped-for") {
			t.Errorf("it is not started:\n%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}

// The instance does not stay stopped for another disk of it whose replacement does not go on.
func TestAnotherDiskThatDoesNotGoOn(t *testing.T) {
	state := strings.Replace(running(stopped), "snapshot-minutes: 40", "snapshot-minutes: 12", 1) +
		"    - {id: d-second, encrypted: false, instance: i-db, device: /dev/xvdd, performance-level: PL1, content: bills}\n"
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Event(strings.Replace(found, "d-old", "d-second", 1))
		until(t, c, "two snapshots", func() bool { return len(snapshots(t, c)) == 2 })
		c.Do(call("TagResources", "ResourceType", "disk", "ResourceId.1", "d-second", "Tag.1.Key", "ecsguard:exempt:ecs-disk-encrypted", "Tag.1.Value", "2000-06-01 scratch"))
		if c.Pass(3 * time.Hour); strings.Contains(dump(c), "status: Stopped") {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}

// To take a disk off may take long.
func TestADetachThatTakesLong(t *testing.T) {
	for _, seconds := range []int{90, 900} {
		state := strings.Replace(stopped, "move-seconds: 5", fmt.Sprintf("move-seconds: %d", seconds), 1)
		scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
			c.Event(found)
			if c.Pass(30 * time.Hour); len(whole(t, c)) > 0 {
				t.Errorf("%d s: %v\n%s\n%s\n%v", seconds, whole(t, c), strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"), c.Errs)
			}
		})
	}
}

// Another key in the settings in the middle: the copy that was refused is made with it.
func TestTheKeyIsChanged(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Param("kms-keys", "key-one")
		mend := c.Cloud().Inject(kernel.Fault{Action: "ecs:CopySnapshot", Status: 403, Code: "InvalidParameter.KMSKeyId.KMSUnauthorized"})
		c.Event(found)
		c.Pass(5 * time.Hour)
		c.Param("kms-keys", "key-two")
		mend()
		if c.Pass(28 * time.Hour); replaced(t, c) == nil || replaced(t, c).KMSKeyID != "key-two" {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}

// Others use up what ecsguard may touch in an hour, in the middle: people are told, and it goes on by itself, not only with the next sweep.
func TestTheHourIsUsedUp(t *testing.T) {
	state := strings.Replace(running(stopped), "snapshot-minutes: 40", "snapshot-minutes: 90", 1)
	for n := range 5 {
		state += fmt.Sprintf("    - {id: d-n%d, encrypted: false, tags: {\"ecsguard:replacement\": \"from 1999-12-31T00:00Z\"}}\n", n)
	}
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		until(t, c, "CreateSnapshot", made(c, "CreateSnapshot"))
		c.Pass(75 * time.Minute)
		for n := range 5 {
			c.Event(strings.Replace(found, "d-old", fmt.Sprintf("d-n%d", n), 1))
		}
		c.Pass(12 * time.Hour)
		if d := replaced(t, c); d == nil || d.InstanceID != "i-db" || strings.Contains(dump(c), "status: Stopped") {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
		held := 0
		for _, m := range c.Told {
			if strings.Contains(m, "5 are allowed") && strings.Contains(m, "data, d-old") {
				held++
				if !strings.Contains(m, "StartInstance --region cn-hangzhou --InstanceId i-db") || !strings.Contains(m, "goes on by itself") {
					t.Errorf("it does not name the instance:\n%s", m)
				}
			}
		}
		if held != 1 {
			t.Errorf("told %d times of it:\n%s", held, strings.Join(c.Told, "\n"))
		}
	})
}

// The changes to one disk are limited, and the limit is reached in the middle of the swap: the instance is not left without either.
func TestTheCeilingIsReached(t *testing.T) {
	set := strings.Replace(settings("stopped", "0"), "params:", "changes-per-hour: 3, params:", 1)
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, set, stopped, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Pass(10 * time.Hour)
		told := strings.Join(c.Told, "")
		if d := disks(t, c)["d-old"]; d.InstanceID != "i-db" || d.Device != "/dev/xvdc" || !strings.Contains(told, "exceed the ceiling of 3") || strings.Contains(told, "is in its place") {
			t.Errorf("%+v\n%s\n%s", d, strings.Join(c.Changes(), "\n"), told)
		}
	})
}

// An exemption in the very look that swaps.
func TestAnExemptionBetweenTheDisks(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Cloud().Before(1, func(call kernel.Call) bool { return call.Action == "ecs:DetachDisk" }, func() {
			c.Do(call("TagResources", "ResourceType", "disk", "ResourceId.1", "d-old", "Tag.1.Key", "ecsguard:exempt:ecs-disk-encrypted", "Tag.1.Value", "2000-06-01 scratch"))
		})
		c.Event(found)
		c.Pass(10 * time.Hour)
		if last := c.Told[len(c.Told)-1]; made(c, "AttachDisk")() || !strings.Contains(last, "instance i-db has neither disk") {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), last)
		}
	})
}

// What changes while the new disk is being made.
func TestTheOldDiskChangesInTheMiddle(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		until(t, c, "CreateDisk", made(c, "CreateDisk"))
		c.Do(call("TagResources", "ResourceType", "disk", "ResourceId.1", "d-old", "Tag.1.Key", "late", "Tag.1.Value", "yes", "Tag.2.Key", "cost", "Tag.2.Value", "18"))
		c.Pass(4 * time.Hour)
		if tags := replaced(t, c).Tags.Map(); replaced(t, c).InstanceID != "i-db" || tags["late"] != "yes" || tags["cost"] != "18" {
			t.Errorf("%v\n%s", tags, strings.Join(c.Changes(), "\n"))
		}
	})
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		until(t, c, "CreateDisk", made(c, "CreateDisk"))
		c.Do(call("ModifyDiskSpec", "DiskId", "d-old", "PerformanceLevel", "PL2"))
		c.Pass(4 * time.Hour)
		if last := c.Told[len(c.Told)-1]; made(c, "DetachDisk")() || !strings.Contains(last, "another category or performance level") || !strings.Contains(last, "DeleteDisk --region cn-hangzhou --DiskId "+replaced(t, c).DiskID) {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), last)
		}
	})
}

// A disk that is for ever being made is told.
func TestADiskThatIsNeverMade(t *testing.T) {
	const state = `ecs:
  disks:
    - {id: d-old, encrypted: false, tags: {"ecsguard:replacement": "from 1999-12-30T03:04Z"}}
    - {id: d-new, encrypted: true, snapshot: s-2, status: Creating, tags: {"ecsguard:replaces": d-old}}
  snapshots:
    - {id: s-1, disk: d-old, encrypted: false, tags: {"ecsguard:replaces": d-old, "ecsguard:place": "none none stays never never"}}
    - {id: s-2, disk: d-old, encrypted: true, copied-from: s-1, tags: {"ecsguard:replaces": d-old}}
`
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Pass(26 * time.Hour)
		if len(c.Told) == 0 || !strings.Contains(c.Told[len(c.Told)-1], "has been creating since") || len(c.Changes()) > 0 {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}
