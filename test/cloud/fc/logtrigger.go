package fc

import (
	"encoding/json"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
)

// LogTrigger hands what is written to a logstore to a function, by the range
// of cursors: the function reads the logs itself.
// The function gets cursors, not logs, and reads them with its role's rights.
type LogTrigger struct {
	Name      string
	Function  string
	Project   string
	LogStore  string
	Interval  time.Duration // between two batches of a shard; default 1 min
	MaxRetry  int           // tries again at once; then the batch waits for the next interval
	Parameter map[string]any
	Start     time.Time // logs that arrived from then on; zero: from now on
}

// logTrigger keeps a checkpoint for each shard. It moves on only when the
// function has succeeded, so nothing is lost and a batch may come twice.
// One goroutine a shard works on it; checkpoints are guarded by Cloud.mu.
type logTrigger struct {
	LogTrigger
	job         string
	region      string
	checkpoints []int64
	removed     bool
}

// AddLogTrigger starts a trigger on every shard of a logstore.
// A shard that is split later is not followed.
func (c *Service) AddLogTrigger(t LogTrigger) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	store, err := c.logs.Logstore(t.Project, t.LogStore)
	if err != nil {
		return err
	}
	if c.Functions[t.Function] == nil {
		return kernel.Refuse(404, "FunctionNotFound", "function '%s' does not exist", t.Function)
	}
	switch {
	case t.MaxRetry < 0 || t.MaxRetry > 100:
		return kernel.Refuse(400, "InvalidArgument", "maxRetryTime must be between 0 and 100")
	case t.Interval < 0:
		return kernel.Refuse(400, "InvalidArgument", "triggerInterval must not be negative")
	case t.Interval == 0:
		t.Interval = time.Minute
	case c.Closed:
		return kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	}
	lt := &logTrigger{LogTrigger: t, job: c.Random.Text(40, "0123456789abcdef"), region: c.logs.Project(t.Project).Region}
	for _, sh := range store.Shards {
		// Only what comes from now on, unless a time of start is given.
		at := sh.End()
		if !t.Start.IsZero() {
			at = sh.Begin
			for _, g := range sh.Groups {
				if g.Received.Before(t.Start) {
					at++
				}
			}
		}
		lt.checkpoints = append(lt.checkpoints, at)
	}
	c.logTriggers = append(c.logTriggers, lt)
	for shard := range lt.checkpoints {
		c.Work.Go(func() { c.runLogTrigger(lt, shard) })
	}
	return nil
}

// shard is the part of the logstore that a checkpoint is about, nil if the
// logstore is no more. The caller holds mu.
func (c *Service) shard(t *logTrigger, n int) *logservice.Shard {
	store, err := c.logs.Logstore(t.Project, t.LogStore)
	if err != nil || n >= len(store.Shards) || t.checkpoints[n] > store.Shards[n].End() {
		return nil
	}
	return store.Shards[n]
}

// DoNotAwait makes Idle not wait for the log triggers of a function that fails on purpose: what it
// does not take comes again for ever.
func (c *Service) DoNotAwait(function string) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.unawaited = function
	c.PendingChanged()
}

// logBacklog says that a trigger has logs to hand over. The caller holds mu.
func (c *Service) logBacklog() bool {
	for _, t := range c.logTriggers {
		if t.Function == c.unawaited {
			continue
		}
		for n, at := range t.checkpoints {
			if sh := c.shard(t, n); sh != nil && at < sh.End() {
				return true
			}
		}
	}
	return false
}

// Batches are gathered for an interval, and handed over one at a time for each shard.
func (c *Service) runLogTrigger(t *logTrigger, n int) {
	for {
		if !c.waitForLogs(t, n) {
			return
		}
		interval := t.Interval
		if c.LogTriggerInterval > 0 {
			interval = c.LogTriggerInterval
		}
		if !c.Sleep(interval) {
			return
		}
		c.runBatch(t, n)
	}
}

// waitForLogs returns false when the cloud closes, or the trigger is taken away.
func (c *Service) waitForLogs(t *logTrigger, n int) bool {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	for !c.Closed && !t.removed {
		if sh := c.shard(t, n); sh != nil && t.checkpoints[n] < sh.End() {
			return true
		}
		c.Changed.Wait()
	}
	return false
}

// runBatch hands over all there is. Simple Log Service invokes synchronously,
// for it has to know whether the function took the batch.
func (c *Service) runBatch(t *logTrigger, n int) {
	c.Mu.Lock()
	sh := c.shard(t, n)
	if sh == nil || t.checkpoints[n] == sh.End() {
		c.Mu.Unlock()
		return
	}
	// All that is there by now is one batch.
	begin, end := t.checkpoints[n], sh.End()
	last := sh.Groups[len(sh.Groups)-1].Received
	c.Mu.Unlock()

	parameter := t.Parameter
	if parameter == nil {
		parameter = map[string]any{}
	}
	body, err := json.Marshal(map[string]any{
		"parameter": parameter,
		"source": map[string]any{
			// As documented: plain http, and only reachable from within the region.
			"endpoint":    "http://" + t.region + "-intranet.log.aliyuncs.com",
			"projectName": t.Project, "logstoreName": t.LogStore, "shardId": n,
			"beginCursor": logservice.EncodeCursor(begin), "endCursor": logservice.EncodeCursor(end),
		},
		"jobName": t.job, "taskId": c.Random.Uuid(), "cursorTime": last.Unix(),
	})
	if err != nil {
		c.Log.Error("log trigger", "trigger", t.Name, "error", err)
		return
	}
	for try := 0; try <= t.MaxRetry; try++ {
		if try > 0 && !c.Sleep(c.RetryBase) {
			return
		}
		out := c.attempt(work{function: t.Function, id: c.Random.Uuid(), body: body, trigger: "log", retry: try})
		if out.status == 200 && out.errorType == "" {
			c.Mu.Lock()
			t.checkpoints[n] = end
			c.PendingChanged()
			c.Mu.Unlock()
			return
		}
	}
}
