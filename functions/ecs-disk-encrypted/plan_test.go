package ecsdiskencrypted_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ecsdiskencrypted "github.com/ecsguard/ecsguard/functions/ecs-disk-encrypted"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	kernel "github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/scenario"
)

const (
	region  = "cn-hangzhou"
	stopped = `
ecs:
  snapshot-minutes: 40
  disk-minutes: 3
  move-seconds: 5
  snapshot-policies: [{id: sp-daily}]
  instances: [{id: i-db, name: db, status: Stopped}]
  disks:
    - {id: d-system, type: system, encrypted: true, instance: i-db}
    - {id: d-old, name: data, encrypted: false, instance: i-db, device: /dev/xvdc, performance-level: PL1, size: 60, content: books, snapshot-policy: sp-daily, tags: {owner: ops, cost: "17"}}
`
	opted = "practices: {ecs-disk-encrypted: {mode: enforce, params: {replace: [%s], notice-hours: [%q]}}}\n"
	found = "sample config/noncompliant-disk\n/data/evaluationResultIdentifier/evaluationResultQualifier/resourceId = \"d-old\"\n"
)

func settings(replace, notice string) string { return fmt.Sprintf(opted, replace, notice) }

// disks are all of the cloud, by id.
func disks(t *testing.T, c *scenario.Course) map[string]resource.Disk {
	t.Helper()
	all, err := resource.Disks(t.Context(), reader{c}, region)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]resource.Disk{}
	for _, d := range all {
		ids[d.DiskID] = d
	}
	return ids
}

type reader struct{ *scenario.Course }

func (r reader) Read(ctx context.Context, call cloud.Call, out any) error {
	return r.Course.Read(ctx, call, out)
}

// replaced is the disk that stands in the place of d-old.
func replaced(t *testing.T, c *scenario.Course) *resource.Disk {
	t.Helper()
	for _, d := range disks(t, c) {
		if d.Encrypted && d.Tags.Map()["ecsguard:replaces"] == "d-old" {
			return &d
		}
	}
	return nil
}

// whole says what is wrong with the disk that should stand in the place of d-old.
func whole(t *testing.T, c *scenario.Course) (faults []string) {
	t.Helper()
	d, old := replaced(t, c), disks(t, c)["d-old"]
	if d == nil {
		return []string{"there is no new disk"}
	}
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	dump, err := c.Cloud().Dump()
	if err != nil {
		t.Fatal(err)
	}
	held := map[bool]int{true: 3, false: 4}[strings.Contains(string(dump), "content: books+\n")] // the new one has been written on, where the instance was started
	fault(strings.Count(string(dump), "content: books\n") != held || strings.Count(string(dump), "content: books") != 4, "the data is not whole:\n%s", dump)
	fault(d.InstanceID != "i-db" || d.Device != "/dev/xvdc" || !d.DeleteWithInstance, "it is at %s %s, released with it: %v", d.InstanceID, d.Device, d.DeleteWithInstance)
	fault(d.DiskName != "data" || d.Size != 60 || d.PerformanceLevel != "PL1" || d.AutoSnapshotPolicyID != "sp-daily", "it is not as the old one: %+v", d)
	tags := d.Tags.Map()
	fault(tags["owner"] != "ops" || tags["cost"] != "17" || len(tags) != 3, "tags %v", tags)
	fault(old.InstanceID != "" || !strings.HasPrefix(old.Tags.Map()["ecsguard:replacement"], "kept until "), "the old one: %+v", old)
	return faults
}

// A data disk is replaced over an hour, step by step: people are told first, and at the end.
func TestADiskIsReplaced(t *testing.T) {
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "24"), stopped, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		if len(c.Told) != 1 || len(c.Changes()) != 1 { // people are told, and nothing is done but that a tag says so
			t.Fatalf("told %d times, changes %v\n%s", len(c.Told), c.Changes(), c.Told)
		}
		for _, want := range []string{"What it costs:", "a second disk of 60 GiB (cloud_essd PL1)", "is stopped from the snapshot until", "The disk is replaced from ", "exempt the resource", "UntagResources", "[high] Begun: ", "To prevent it, exempt the disk."} {
			if !strings.Contains(c.Told[0], want) {
				t.Errorf("the first message does not say %q:\n%s", want, c.Told[0])
			}
		}
		c.Pass(23 * time.Hour)
		if len(c.Changes()) != 1 {
			t.Fatalf("it has begun before its time: %v", c.Changes())
		}
		c.Pass(4 * time.Hour)
		if faults := whole(t, c); len(faults) > 0 || len(c.Told) != 2 {
			t.Fatalf("%v, told %d times\n%s\n%s\n%v", faults, len(c.Told), strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"), c.Errs)
		}
		for _, want := range []string{"Fixed", "d-old is kept until ", "aliyun ecs DeleteDisk --region cn-hangzhou --DiskId d-old", "--Device /dev/xvdc", "aliyun ecs DetachDisk"} {
			if !strings.Contains(c.Told[1], want) {
				t.Errorf("the last message does not say %q:\n%s", want, c.Told[1])
			}
		}
		told := len(c.Told)
		c.Pass(10 * 24 * time.Hour)
		if len(c.Told) != told {
			t.Errorf("told of what is kept:\n%s", strings.Join(c.Told[told:], "\n"))
		}
	})
}

// Killed at each of its calls that change something or that write to the log, before the call and with its answer, whoever comes next goes on:
// the function run again, or the next look. There is one of each, the data is whole, and the undo brings the old disk back.
func TestAReplacementThatIsKilledGoesOn(t *testing.T) {
	for _, x := range []struct {
		replace        string
		forGood, after bool
		every          int // of its calls
	}{{"stopped", false, false, 2}, {"stopped", false, true, 3}, {"stopped", true, false, 5}, {"stopped", true, true, 5}, {"stop", false, false, 5}, {"stop", true, true, 5}} {
		if os.Getenv("ECSGUARD_MATRIX") == "full" { // make soak
			x.every = 1
		}
		forGood, after, state := x.forGood, x.after, strings.Replace(stopped, "snapshot-minutes: 40", "snapshot-minutes: 12", 1)
		if x.replace == "stop" {
			state = strings.Replace(state, "status: Stopped", "status: Running", 1)
		}
		for n := 1; ; n += x.every {
			killed, at := false, ""
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings(x.replace, "0"), state, func(t *testing.T, c *scenario.Course) {
				c.Kill(n, after, forGood)
				c.Event(found)
				if c.Pass(4 * time.Hour); c.Killed() && forGood && !strings.Contains(strings.Join(c.Told, ""), "d-old is kept until") {
					c.Pass(26 * time.Hour) // nothing was on record yet: a sweep finds it
				}
				killed, at = c.Killed(), c.At()
				faults := whole(t, c)
				if len(disks(t, c)) != 3 || len(snapshots(t, c)) != 2 {
					faults = append(faults, fmt.Sprintf("%d disks, %d snapshots", len(disks(t, c)), len(snapshots(t, c))))
				}
				last := c.Told[len(c.Told)-1]
				if !strings.Contains(last, "d-old is kept until ") || strings.Count(strings.Join(c.Told, ""), "d-old is kept until") != 1 {
					faults = append(faults, "it is not told once, at the end")
				}
				if notice := c.Told[0]; !strings.Contains(notice, "The disk is replaced from") && !strings.Contains(notice, "It has been begun, and goes on in a few minutes") {
					faults = append(faults, "people are not told first")
				}
				if dump := string(must(c.Cloud().Dump())); x.replace == "stop" && (strings.Contains(dump, "status: Stopped") || strings.Contains(dump, "stopped-for")) {
					faults = append(faults, "the instance is not as before")
				}
				faults = append(faults, undone(t, c)...)
				if len(faults) > 0 {
					t.Errorf("killed at call %d (%s), with its answer: %v, for good: %v\n%s\n%s\n%s", n, at, after, forGood, strings.Join(faults, "\n"), strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
				}
			})
			if !killed || t.Failed() {
				break
			}
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func snapshots(t *testing.T, c *scenario.Course) []resource.Snapshot {
	t.Helper()
	all, err := resource.Snapshots(t.Context(), reader{c}, region)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// undone makes the undo of the last result, and says what of the old disk is not as it was.
func undone(t *testing.T, c *scenario.Course) (faults []string) {
	t.Helper()
	for _, r := range slices.Backward(c.Records()) {
		if r.Outcome == practice.Fixed && len(r.Undo) > 0 {
			for _, call := range r.Undo {
				c.Do(call)
				time.Sleep(10 * time.Second) // to detach takes a while
			}
			break
		}
	}
	c.Pass(time.Minute)
	if d := disks(t, c)["d-old"]; d.InstanceID != "i-db" || d.Device != "/dev/xvdc" || !d.DeleteWithInstance || d.Tags.Map()["ecsguard:replacement"] != "" {
		faults = append(faults, fmt.Sprintf("after the undo the old disk is %+v", d))
	}
	return faults
}

// call is one of the owner's.
func call(action string, params ...string) cloud.Call {
	return cloud.New("ecs", action, region, params...)
}

// What happens in the middle stops it, and everything that is left over is named with what removes it; once that is removed, nothing is.
func TestWhatHappensInTheMiddle(t *testing.T) {
	reach := func(t *testing.T, c *scenario.Course, action string) { // until the function has made a call
		t.Helper()
		c.Event(found)
		for range 600 {
			if slices.ContainsFunc(c.Changes(), func(made string) bool { return strings.HasPrefix(made, "ecs "+action+" ") }) {
				return
			}
			c.Pass(time.Minute)
		}
		t.Fatalf("%s is never made: %v\n%s", action, c.Changes(), c.Told)
	}
	for name, x := range map[string]struct {
		until  string
		happen func(*testing.T, *scenario.Course)
		says   string
		goesOn bool // by itself, to the end
	}{
		"started and stopped while the snapshot is taken": {until: "CreateSnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("StartInstance", "InstanceId", "i-db"), call("StopInstance", "InstanceId", "i-db"))
		}, says: "Data may have been written since the snapshot"},
		"started while it is copied": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) { c.Do(call("StartInstance", "InstanceId", "i-db")) }, says: "instance i-db is running"},
		"started, and stopped an hour later, before the swap": {until: "CreateDisk", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("StartInstance", "InstanceId", "i-db"), call("StopInstance", "InstanceId", "i-db"))
			time.Sleep(time.Hour)
		}, says: "Data may have been written since the snapshot"},
		"the disk is taken off and put on again": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", "d-old"))
			time.Sleep(time.Minute)
			c.Do(call("AttachDisk", "InstanceId", "i-db", "DiskId", "d-old", "Device", "/dev/xvdc"))
		}, says: "the disk was at"},
		"the disk is taken off": {until: "CreateDisk", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", "d-old"))
		}, says: "the disk was at"},
		"the new disk is attached elsewhere": {until: "CreateDisk", happen: func(t *testing.T, c *scenario.Course) {
			time.Sleep(4 * time.Minute)
			c.Do(call("AttachDisk", "InstanceId", "i-db", "DiskId", replaced(t, c).DiskID))
		}, says: "Somebody has attached the encrypted copy"},
		"the disk is enlarged": {until: "CreateDisk", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("ResizeDisk", "DiskId", "d-old", "NewSize", "100"))
		}, says: "enlarged"},
		"the disk is deleted": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", "d-old"))
			time.Sleep(time.Minute)
			c.Do(call("DeleteDisk", "DiskId", "d-old"))
		}, says: "The disk is gone, and its replacement has stopped"},
		"the instance is released, and the disk with it": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("DeleteInstance", "InstanceId", "i-db"))
		}, says: "The disk is gone, and its replacement has stopped"},
		"an exemption is given": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("TagResources", "ResourceType", "disk", "ResourceId.1", "d-old", "Tag.1.Key", "ecsguard:exempt:ecs-disk-encrypted", "Tag.1.Value", "2000-06-01 scratch"))
		}, says: "what was begun about it does not go on"},
		"the mode is observe again": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) { c.Mode(practice.Observe) }, says: "what was begun about it does not go on"},
		"the param is no again":     {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) { c.Param("replace", "no") }, says: "its replacement has stopped"},
		"somebody else takes a snapshot": {until: "CreateSnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("CreateSnapshot", "DiskId", "d-old"))
		}, goesOn: true},
		"somebody else attaches another disk": {until: "CopySnapshot", happen: func(t *testing.T, c *scenario.Course) {
			c.Do(call("CreateDisk", "ZoneId", region+"-h", "Size", "20", "Encrypted", "true", "ClientToken", "other"))
		}, goesOn: true},
	} {
		t.Run(name, func(t *testing.T) {
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
				reach(t, c, x.until)
				x.happen(t, c)
				told := len(c.Told)
				c.Pass(28 * time.Hour)
				news := strings.Join(c.Told[told:], "\n")
				if x.goesOn {
					if d := replaced(t, c); d == nil || d.InstanceID != "i-db" {
						t.Errorf("it has not gone on:\n%s\n%s", strings.Join(c.Changes(), "\n"), news)
					}
					return
				}
				if !strings.Contains(news, x.says) {
					for _, r := range c.Records() {
						t.Log(r.Time, r.Kind, r.Outcome, r.Resource, r.Finding, r.Reason, r.Due, r.Every)
					}
					t.Fatalf("nobody says %q:\n%s\n%s\n%v", x.says, strings.Join(c.Changes(), "\n"), news, c.Errs)
				}
				if d := disks(t, c)["d-old"]; d.DiskID != "" && strings.HasPrefix(d.Tags.Map()["ecsguard:replacement"], "kept") {
					t.Errorf("it has gone on: %+v", d)
				}
				last := c.Told[len(c.Told)-1]
				for _, s := range snapshots(t, c) {
					if !strings.Contains(last, "--SnapshotId "+s.SnapshotID) {
						t.Errorf("snapshot %s is left over, and not named:\n%s", s.SnapshotID, last)
					}
				}
				if d := replaced(t, c); d != nil && d.InstanceID == "" && !strings.Contains(last, "DeleteDisk --region cn-hangzhou --DiskId "+d.DiskID) {
					t.Errorf("disk %s is left over, and not named:\n%s", d.DiskID, last)
				}
				if _, there := disks(t, c)["d-old"]; there && !strings.Contains(last, "--TagKey.1 ecsguard:replacement") {
					t.Errorf("the tag is left over, and not named:\n%s", last)
				}
			})
		})
	}
}

// With replace: stop two disks of an instance that runs are replaced while it is stopped once, and it is started when both are done.
func TestTheInstanceIsStoppedAndStartedAgain(t *testing.T) {
	state := strings.ReplaceAll(stopped, "status: Stopped", "status: Running") +
		"    - {id: d-second, encrypted: false, instance: i-db, device: /dev/xvdd, performance-level: PL1, content: bills}\n"
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Event(strings.Replace(found, "d-old", "d-second", 1))
		c.Pass(5 * time.Hour)
		count := map[string]int{}
		for _, made := range c.Changes() {
			count[strings.Fields(made)[1]]++
		}
		if count["StopInstance"] != 1 || count["StartInstance"] != 1 || count["AttachDisk"] != 2 || count["UntagResources"] != 1 {
			t.Errorf("%v\n%s\n%s", count, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
		dump, err := c.Cloud().Dump()
		if err != nil {
			t.Fatal(err)
		}
		// The new ones have what the old ones have, and were written on when the instance was started.
		for _, want := range []string{"content: books+\n", "content: bills+\n"} {
			if strings.Count(string(dump), want) != 1 {
				t.Errorf("%q is there %d times:\n%s", want, strings.Count(string(dump), want), dump)
			}
		}
		if strings.Contains(string(dump), "stopped-for") || strings.Contains(string(dump), "status: Stopped") {
			t.Errorf("the instance is not as before:\n%s", dump)
		}
	})
}

// An instance that runs is left alone without the further opt-in: people are told that it waits for them, and it goes on when they have stopped it.
func TestItWaitsForTheInstance(t *testing.T) {
	state := strings.ReplaceAll(stopped, "status: Stopped", "status: Running")
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Pass(3 * 24 * time.Hour)
		if told := strings.Join(c.Told, ""); len(c.Changes()) != 1 || !strings.Contains(told, "Stop the instance when that suits: aliyun ecs StopInstance --region cn-hangzhou --InstanceId i-db") || len(c.Told) < 3 {
			t.Fatalf("%v\n%s", c.Changes(), told)
		}
		c.Do(call("StopInstance", "InstanceId", "i-db"))
		c.Event("sample actiontrail/create-disk\n/data/eventName = \"StopInstance\"\n/data/eventTime = now\n/data/requestParameters = {\"InstanceId\": \"i-db\"}\n- /data/responseElements\n/data/referencedResources = {\"ACS::ECS::Instance\": [\"i-db\"]}\n")
		c.Pass(4 * time.Hour)
		if d := replaced(t, c); d == nil || d.InstanceID != "i-db" {
			t.Errorf("%s\n%s", strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
		}
	})
}

// What the cloud refuses is told with its error, each day that it lasts, and it goes on where it does not any more.
func TestWhatIsRefused(t *testing.T) {
	for action, code := range map[string]string{
		"ecs:CreateSnapshot": "QuotaExceed.Snapshot", "ecs:CopySnapshot": "InvalidParameter.KMSKeyId.KMSUnauthorized", "ecs:CreateDisk": "InvalidResourceType.NotSupported", "ecs:AttachDisk": "QuotaExceed.Disk",
	} {
		t.Run(action, func(t *testing.T) {
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
				mend := c.Cloud().Inject(kernel.Fault{Action: action, Status: 403, Code: code})
				c.Event(found)
				c.Pass(3 * 24 * time.Hour)
				days := 0
				for _, m := range c.Told {
					if strings.Contains(m, code[strings.LastIndex(code, ".")+1:]) {
						days++
					}
				}
				if days < 3 || days > 5 {
					t.Errorf("told %d times of three days:\n%s", days, strings.Join(c.Told, "\n"))
				}
				mend()
				c.Pass(28 * time.Hour)
				if faults := whole(t, c); len(faults) > 0 {
					t.Errorf("%v\n%s\n%s", faults, strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
				}
			})
		})
	}
}

// Two looks at the same moment make one of each.
func TestTwoLooksAtOnce(t *testing.T) {
	state := "ecs:\n  snapshot-minutes: 30\n  disks: [{id: d-old, encrypted: false, tags: {\"ecsguard:replacement\": \"from 2020-01-02T03:04Z\"}}]\n"
	scenario.AtOnce(t, ecsdiskencrypted.Practice, "practices: {ecs-disk-encrypted: {params: {replace: [stopped]}}}\n", state,
		[2]string{found, strings.Replace(found, "\n", "\n/id = \"another\"\n", 1)}, func(calls []string) string {
			made := map[string]bool{}
			for _, call := range calls {
				made[call] = true // the same token: the cloud makes one
			}
			if len(made) != 1 {
				return fmt.Sprint(calls)
			}
			return ""
		})
}

// After the undo nothing is begun again beside what is left over, which is named each day. So it is where only the disks were put back.
func TestWhatWasTakenBackIsLeft(t *testing.T) {
	for _, all := range []bool{true, false} {
		scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
			c.Event(found)
			c.Pass(4 * time.Hour)
			if all {
				if faults := undone(t, c); len(faults) > 0 {
					t.Fatal(faults)
				}
			} else {
				c.Do(call("DetachDisk", "InstanceId", "i-db", "DiskId", replaced(t, c).DiskID))
				time.Sleep(time.Minute)
				c.Do(call("AttachDisk", "InstanceId", "i-db", "DiskId", "d-old", "Device", "/dev/xvdc"))
			}
			made, told := len(c.Changes()), len(c.Told)
			c.Pass(3 * 24 * time.Hour)
			news := c.Told[told:]
			if len(c.Changes()) != made || len(news) != 3 || !strings.Contains(news[0], "its replacement has stopped") || !strings.Contains(news[0], "DeleteDisk --region cn-hangzhou --DiskId "+replaced(t, c).DiskID) {
				t.Errorf("all %v: %v\n%d messages: %s", all, c.Changes()[made:], len(news), strings.Join(news, "\n"))
			}
		})
	}
}

// A tag alone brings nobody to swap a disk or to be silent about it.
func TestATagThatSomebodyHasMadeUp(t *testing.T) {
	for name, x := range map[string]struct{ tag, says string }{
		"there is no such disk":   {"kept until 2000-01-09 by d-none at i-db /dev/xvdc stays", "there is no such encrypted disk"},
		"another encrypted disk":  {"kept until 2000-01-09 by d-other at i-db /dev/xvdc stays", "nobody can tell what is on it"},
		"for good":                {"kept until 2099-01-09 by d-other", "more than a year"},
		"no form of its own":      {"kept", "The disk is replaced from"},
		"a time long after today": {"from 2030-01-01T00:00Z", "The disk is replaced from"},
	} {
		t.Run(name, func(t *testing.T) {
			state := strings.Replace(stopped, "tags: {owner", fmt.Sprintf("tags: {\"ecsguard:replacement\": %q, owner", x.tag), 1) +
				"    - {id: d-other, encrypted: true, tags: {\"ecsguard:replaces\": d-old}}\n"
			if strings.Contains(x.says, "is replaced from") {
				state = strings.Replace(state, "\"ecsguard:replaces\": d-old", "", 1)
			}
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "24"), state, func(t *testing.T, c *scenario.Course) {
				c.Event(found)
				if c.Pass(time.Hour); !strings.Contains(strings.Join(c.Told, ""), x.says) || slices.ContainsFunc(c.Changes(), func(made string) bool { return !strings.HasPrefix(made, "ecs TagResources ") }) {
					t.Errorf("%v\n%s", c.Changes(), strings.Join(c.Told, ""))
				}
			})
		})
	}
}

// A call whose answer is lost is made once.
func TestAnAnswerThatIsLost(t *testing.T) {
	for _, action := range []string{"TagResources", "CreateSnapshot", "CopySnapshot", "CreateDisk", "ApplyAutoSnapshotPolicy", "DetachDisk", "AttachDisk"} {
		t.Run(action, func(t *testing.T) {
			scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stopped", "0"), stopped, func(t *testing.T, c *scenario.Course) {
				c.Cloud().Inject(kernel.Fault{Action: "ecs:" + action, LoseResponse: true, Times: 1})
				c.Event(found)
				c.Pass(5 * time.Hour)
				if faults := whole(t, c); len(faults) > 0 || len(disks(t, c)) != 3 || len(snapshots(t, c)) != 2 {
					t.Errorf("%v, %d disks, %d snapshots\n%s\n%s", faults, len(disks(t, c)), len(snapshots(t, c)), strings.Join(c.Changes(), "\n"), strings.Join(c.Told, "\n"))
				}
			})
		})
	}
}

// Of a launch the event says how many data disks there will be: one that shows later is found.
func TestADiskThatShowsLater(t *testing.T) {
	state := "ecs:\n  instances: [{id: i-web}]\n  disks: [{id: d-s, type: system, encrypted: true, instance: i-web}, {id: d-1, encrypted: true, instance: i-web}]\n"
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Observe, "", state, func(t *testing.T, c *scenario.Course) {
		c.Event(`sample actiontrail/run-instances-console
/data/eventTime = now
/data/requestParameters/DataDisk.1.Size = 20
/data/requestParameters/DataDisk.2.Size = 30
/data/responseElements = {"InstanceIdSets": {"InstanceIdSet": ["i-web"]}}
/data/referencedResources = {"ACS::ECS::Instance": ["i-web"]}
`)
		c.Do(call("CreateDisk", "ZoneId", region+"-h", "Size", "30", "DiskName", "late"))
		for id, d := range disks(t, c) {
			if d.DiskName == "late" {
				c.Do(call("AttachDisk", "InstanceId", "i-web", "DiskId", id))
			}
		}
		if c.Pass(3 * time.Minute); !strings.Contains(strings.Join(c.Told, ""), "disk late") {
			t.Errorf("nobody is told of it: %v", c.Told)
		}
	})
}

// Nor do two looks at once swap twice, whatever their calls' order.
func TestTwoSwapsAtOnce(t *testing.T) {
	const state = `ecs:
  instances: [{id: i-db, status: Stopped, started: "2020-01-01T10:00:00Z"}]
  disks:
    - {id: d-old, encrypted: false, instance: i-db, device: /dev/xvdc, attached: "2020-01-01T09:00:00Z", tags: {"ecsguard:replacement": "from 2020-01-02T03:04Z"}}
    - {id: d-new, encrypted: true, snapshot: s-2, tags: {"ecsguard:replaces": d-old}}
  snapshots:
    - {id: s-1, disk: d-old, encrypted: false, tags: {"ecsguard:replaces": d-old, "ecsguard:place": "i-db /dev/xvdc released-with-it 2020-01-01T09:00:00Z 2020-01-01T10:00Z"}}
    - {id: s-2, disk: d-old, encrypted: true, copied-from: s-1, tags: {"ecsguard:replaces": d-old}}
`
	scenario.AtOnce(t, ecsdiskencrypted.Practice, "practices: {ecs-disk-encrypted: {params: {replace: [stopped]}}}\n", state,
		[2]string{found, strings.Replace(found, "\n", "\n/id = \"another\"\n", 1)}, func(calls []string) string {
			moved := slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return strings.HasPrefix(call, "ecs TagResources") })
			if len(moved) != 2 || !strings.HasPrefix(moved[0], "ecs DetachDisk") || !strings.HasPrefix(moved[1], "ecs AttachDisk") || !strings.HasPrefix(calls[0], "ecs TagResources") {
				return fmt.Sprint(calls)
			}
			return ""
		})
}

// An exemption in the middle leaves nothing unnamed: not the instance either that ecsguard has stopped.
func TestAnExemptionWhileTheInstanceIsStopped(t *testing.T) {
	state := strings.Replace(stopped, "status: Stopped", "status: Running", 1)
	scenario.Over(t, ecsdiskencrypted.Practice, practice.Enforce, settings("stop", "0"), state, func(t *testing.T, c *scenario.Course) {
		c.Event(found)
		c.Pass(20 * time.Minute)
		c.Do(call("TagResources", "ResourceType", "disk", "ResourceId.1", "d-old", "Tag.1.Key", "ecsguard:exempt:ecs-disk-encrypted", "Tag.1.Value", "2000-06-01 scratch"))
		c.Pass(time.Hour)
		last := c.Told[len(c.Told)-1]
		for _, want := range []string{"StartInstance --region cn-hangzhou --InstanceId i-db", "--TagKey.1 ecsguard:stopped-for", "DeleteSnapshot", "--TagKey.1 ecsguard:replacement"} {
			if !strings.Contains(last, want) {
				t.Errorf("%q is not named:\n%s", want, last)
			}
		}
	})
}
