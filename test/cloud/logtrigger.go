package cloud

import (
	"encoding/json"
	"time"
)

// LogTrigger hands what is written to a logstore to a function, by the range
// of cursors: the function reads the logs itself.
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
type logTrigger struct {
	LogTrigger
	job         string
	region      string
	checkpoints []int64
	removed     bool
}

// AddLogTrigger starts a trigger on every shard of a logstore.
func (c *Cloud) AddLogTrigger(t LogTrigger) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	store, err := c.logstore(t.Project, t.LogStore)
	if err != nil {
		return err
	}
	if c.functions[t.Function] == nil {
		return refuse(404, "FunctionNotFound", "function '%s' does not exist", t.Function)
	}
	switch {
	case t.MaxRetry < 0 || t.MaxRetry > 100:
		return refuse(400, "InvalidArgument", "maxRetryTime must be between 0 and 100")
	case t.Interval < 0:
		return refuse(400, "InvalidArgument", "triggerInterval must not be negative")
	case t.Interval == 0:
		t.Interval = time.Minute
	case c.closed:
		return refuse(503, "ServiceUnavailable", "the local cloud is closing")
	}
	lt := &logTrigger{LogTrigger: t, job: c.random.text(40, "0123456789abcdef"), region: c.slsProjects[t.Project].region}
	for _, sh := range store.shards {
		at := sh.end()
		if !t.Start.IsZero() {
			at = sh.begin
			for _, g := range sh.groups {
				if g.received.Before(t.Start) {
					at++
				}
			}
		}
		lt.checkpoints = append(lt.checkpoints, at)
	}
	c.logTriggers = append(c.logTriggers, lt)
	for shard := range lt.checkpoints {
		c.work.Go(func() { c.runLogTrigger(lt, shard) })
	}
	return nil
}

// shard is the part of the logstore that a checkpoint is about, nil if the
// logstore is no more. The caller holds mu.
func (c *Cloud) shard(t *logTrigger, n int) *slsShard {
	store, err := c.logstore(t.Project, t.LogStore)
	if err != nil || n >= len(store.shards) || t.checkpoints[n] > store.shards[n].end() {
		return nil
	}
	return store.shards[n]
}

// logBacklog says that a trigger has logs to hand over. The caller holds mu.
func (c *Cloud) logBacklog() bool {
	for _, t := range c.logTriggers {
		for n, at := range t.checkpoints {
			if sh := c.shard(t, n); sh != nil && at < sh.end() {
				return true
			}
		}
	}
	return false
}

func (c *Cloud) runLogTrigger(t *logTrigger, n int) {
	for {
		if !c.waitForLogs(t, n) {
			return
		}
		interval := t.Interval
		if c.LogTriggerInterval > 0 {
			interval = c.LogTriggerInterval
		}
		if !c.sleep(interval) {
			return
		}
		c.runBatch(t, n)
	}
}

// waitForLogs returns false when the cloud closes, or the trigger is taken away.
func (c *Cloud) waitForLogs(t *logTrigger, n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && !t.removed {
		if sh := c.shard(t, n); sh != nil && t.checkpoints[n] < sh.end() {
			return true
		}
		c.changed.Wait()
	}
	return false
}

// runBatch hands over all there is. Simple Log Service invokes synchronously,
// for it has to know whether the function took the batch.
func (c *Cloud) runBatch(t *logTrigger, n int) {
	c.mu.Lock()
	sh := c.shard(t, n)
	if sh == nil || t.checkpoints[n] == sh.end() {
		c.mu.Unlock()
		return
	}
	begin, end := t.checkpoints[n], sh.end()
	last := sh.groups[len(sh.groups)-1].received
	c.mu.Unlock()

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
			"beginCursor": encodeCursor(begin), "endCursor": encodeCursor(end),
		},
		"jobName": t.job, "taskId": c.random.uuid(), "cursorTime": last.Unix(),
	})
	if err != nil {
		c.log.Error("log trigger", "trigger", t.Name, "error", err)
		return
	}
	for try := 0; try <= t.MaxRetry; try++ {
		if try > 0 && !c.sleep(c.RetryBase) {
			return
		}
		out := c.attempt(work{function: t.Function, id: c.random.uuid(), body: body, trigger: "log", retry: try})
		if out.status == 200 && out.errorType == "" {
			c.mu.Lock()
			t.checkpoints[n] = end
			c.pendingChanged()
			c.mu.Unlock()
			return
		}
	}
}
