package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The faults of the model, by name.
const (
	stale     = "stale"     // a read shows the state before the last change
	refusal   = "refusal"   // a call is not carried out, and says so
	lost      = "lost"      // carried out, and not answered
	dropped   = "dropped"   // not carried out, and not answered
	tardy     = "tardy"     // carried out after its time-out, perhaps minutes later
	twice     = "twice"     // the log takes a copy later
	behind    = "behind"    // the log does not show its last entries by cursor
	killing   = "killing"   // the process ends
	pausing   = "pausing"   // everything stands still for a while
	repeating = "repeating" // refused in the end, after a try that was not answered
)

var allFaults = []string{stale, refusal, lost, dropped, tardy, twice, behind, killing, pausing, repeating}

func faults(names ...string) map[string]bool {
	kinds := map[string]bool{}
	for _, name := range names {
		kinds[name] = true
	}
	return kinds
}

// options are what may happen next. The first goes on with what has just gone on, and
// nothing goes wrong in it.
func (m *model) options() (options []option) {
	m.mu.Lock()
	m.pending = slices.DeleteFunc(m.pending, func(w *waiting) bool { return w.gone })
	pending := slices.Clone(m.pending)
	m.mu.Unlock()
	slices.SortStableFunc(pending, func(a, b *waiting) int {
		return strings.Compare(a.key, b.key)
	})
	slices.SortStableFunc(pending, func(a, b *waiting) int { return m.notCurrent(a) - m.notCurrent(b) })
	var odd []option // what goes wrong, or comes from outside
	for _, w := range pending {
		if w.asked < 0 {
			w.asked = len(m.log.entries) // no writer has come between since it arrived
		}
		weight := 20
		if w.of == m.current {
			weight = 60
		}
		options = append(options, m.option(w, "", weight, func() { m.carryOut(w, true) }))
		odd = append(odd, m.mishaps(w)...)
	}
	for _, v := range m.invoked {
		if !v.over && (len(v.tries) == 0 || !v.tries[len(v.tries)-1].running) && !time.Now().Before(v.after) {
			options = append(options, option{"begins: " + v.name, 20, func() { m.begin(v) }})
		}
	}
	busy := len(options) > 0
	for i, l := range m.later {
		odd = append(odd, option{"at last: " + l.label, 10, func() {
			m.later = slices.Delete(m.later, i, i+1)
			l.do()
		}})
	}
	running := slices.ContainsFunc(m.invoked, func(v *invocation) bool { return len(v.tries) > 0 && v.tries[len(v.tries)-1].running })
	if len(m.later) > 0 && !busy && !running && m.alive() {
		odd = append(odd, option{"a minute passes", 10, func() { time.Sleep(time.Minute) }})
	}
	if len(m.owner) > 0 && (busy || m.alive()) {
		o := m.owner[0]
		odd = append(odd, option{"the owner " + o.name, 6, func() {
			m.owner = m.owner[1:]
			o.do(m)
		}})
	}
	if m.timers > 0 && (busy || m.alive()) {
		odd = append(odd, option{"the minute's timer comes", 4, func() {
			m.route(fmt.Sprintf("minute %d", m.timers), ticks("minute"))
			m.timers--
		}})
	}
	if busy && m.may(pausing) {
		for _, d := range []time.Duration{20 * time.Second, 100 * time.Second} {
			odd = append(odd, option{"nothing happens for " + d.String(), 2, func() { m.faults--; time.Sleep(d) }})
		}
	}
	return append(options, odd...)
}

func (m *model) notCurrent(w *waiting) int {
	if w.of == m.current {
		return 0
	}
	return 1
}

func (m *model) may(fault string) bool { return m.faults > 0 && m.cfg.kinds[fault] && !m.calm }

func (m *model) option(w *waiting, how string, weight int, do func()) option {
	return option{strings.TrimSpace(w.key + " " + how), weight, func() {
		m.current = w.of
		m.mu.Lock()
		m.pending = slices.DeleteFunc(m.pending, func(x *waiting) bool { return x == w })
		m.mu.Unlock()
		do()
	}}
}

// mishaps are what may go wrong with a call.
func (m *model) mishaps(w *waiting) (odd []option) {
	if m.faults == 0 || m.calm {
		return nil
	}
	// The last attempt of most invocations has its way, or nothing could be said at the end.
	spared := w.of.number == m.attempts()-1 && m.cfg.faults < 1000
	add := func(fault string, weight int, ends bool, how string, do func()) {
		if m.may(fault) && !(spared && ends) {
			odd = append(odd, m.option(w, "("+how+")", weight, func() {
				m.faults--
				w.of.faulty = w.of.faulty || ends
				do()
			}))
		}
	}
	unanswered := ours.Network(w.label, fmt.Errorf("connection reset"))
	add(killing, 1, true, "killed before it", func() { m.kill(w.of) })
	switch w.kind {
	case "read":
		late := 500 * time.Millisecond
		if w.of.of.practice == nil {
			late = behindFor
		}
		if n := m.cloud.number(); n > w.of.of.floor && time.Since(m.cloud.now().at) < late {
			add(stale, 8, false, "stale", func() { m.answerRead(w, n-1) })
		}
		add(refusal, 1, true, "fails", func() { w.reply(nil, &ours.Error{Action: readRules, Code: "ServiceUnavailable", Status: 503}) })
	case "change":
		add(killing, 2, true, "carried out, killed", func() { m.carryOut(w, false); m.kill(w.of) })
		add(lost, 2, true, "its answer is lost", func() { m.carryOut(w, false); w.reply(nil, unanswered) })
		add(dropped, 1, true, "lost", func() { w.reply(nil, unanswered) })
		add(tardy, 3, true, "carried out after its time-out", func() { m.postpone(w); w.reply(nil, ours.TimeUp(w.call.RAM())) })
		add(tardy, 1, true, "carried out after its time-out, killed", func() { m.postpone(w); m.kill(w.of) })
		add(repeating, 1, false, "refused after an unanswered try", func() {
			m.carryOut(w, false)
			w.reply(nil, &ours.Error{Action: w.call.RAM(), Code: "InvalidSecurityGroupRule.RuleNotExist", Status: 400, Repeated: true})
		})
	case "append":
		add(killing, 2, true, "taken, killed", func() { m.append(w.of, w.records, false, false); m.kill(w.of) })
		add(lost, 3, false, "taken, its answer is lost", func() { m.append(w.of, w.records, false, false); w.reply(nil, unanswered) })
		add(dropped, 1, true, "lost", func() { w.reply(nil, unanswered) })
		add(tardy, 2, true, "taken after its time-out", func() { m.postpone(w); w.reply(nil, unanswered) })
		add(refusal, 1, true, "refused", func() { w.reply(nil, &ours.Error{Action: writeLog, Code: "Unauthorized", Status: 403}) })
		add(twice, 3, false, "taken, and a copy later", func() { m.carryOut(w, true); m.postpone(w) })
	case "pull":
		for n := 1; n <= min(3, len(m.log.entries)); n++ {
			add(behind, m.cfg.lags, false, fmt.Sprintf("%d behind", n), func() { w.reply(w.pull(n), nil) })
		}
		add(refusal, 1, true, "fails", func() { w.reply(nil, &ours.Error{Action: pullLog, Code: "Network", Status: 503}) })
	case "invoke":
		add(killing, 2, true, "taken, killed", func() { m.carryOut(w, false); m.kill(w.of) })
		add(lost, 3, false, "taken, its answer is lost", func() { m.carryOut(w, false); w.reply(nil, unanswered) })
		add(dropped, 2, false, "lost", func() { w.reply(nil, unanswered) })
		add(refusal, 1, true, "refused", func() { w.reply(nil, &ours.Error{Action: "fc:InvokeFunction", Code: "Forbidden", Status: 403}) })
	case "index":
		add(refusal, 1, true, "fails", func() { w.reply(nil, &ours.Error{Action: readLog, Code: "Network", Status: 503}) })
	}
	return odd
}

func (w *waiting) reply(value any, err error) { w.replies <- reply{value, err} }

// health is how a practice is.
func (m *model) health(p *practice.Practice) string {
	if p == nil {
		return works // triage has a role of its own
	}
	return m.cfg.members[slices.Index(m.practices, p)].health
}

// carryOut does what a call asks for.
func (m *model) carryOut(w *waiting, answered bool) {
	var value any
	var err error
	switch w.kind {
	case "read":
		if m.health(w.of.of.practice) == unreadable {
			w.reply(nil, &ours.Error{Action: readRules, Code: "Forbidden.RAM", Status: 403})
			return
		}
		m.answerRead(w, m.cloud.number())
		return
	case "change":
		if m.health(w.of.of.practice) == readonly {
			err = &ours.Error{Action: w.call.RAM(), Code: "Forbidden.RAM", Status: 403}
			break
		}
		m.change(w.of, w.call)
		w.of.frozen = nil
	case "append":
		m.append(w.of, w.records, answered, false)
	case "pull":
		value = w.pull(0)
	case "index":
		value = w.index(m.cfg.indexLag)
	case "start":
		value = w.answer()
	case "invoke":
		err = w.invokes()
	}
	if answered {
		w.reply(value, err)
	}
}

func (m *model) answerRead(w *waiting, number int) {
	w.of.read, w.of.reread = number, true
	body := m.cloud.answer(number)
	w.of.frozen = body
	w.reply(body, nil)
}

// postpone lets a call be carried out later.
func (m *model) postpone(w *waiting) {
	if w.kind == "change" {
		base := *w.of // what it goes by was read before, whatever is read later
		m.later = append(m.later, later{fmt.Sprintf("%s: %s", w.of, w.label), func() {
			if m.health(w.of.of.practice) != readonly {
				m.change(&base, w.call)
			}
		}})
		return
	}
	copied := slices.ContainsFunc(m.log.entries, func(e modelEntry) bool { return e.said.Nonce == w.records[0].Nonce })
	m.misbehaved = m.misbehaved || !copied && slices.ContainsFunc(w.records, func(r ledger.Record) bool { return r.Kind == ledger.Result })
	m.later = append(m.later, later{fmt.Sprintf("%s: %s", w.of, w.label), func() { m.append(w.of, w.records, false, true) }})
}
