package practice

import "time"

const day = 24 * time.Hour

// Younger tells whether something was made less than so long ago. One of which it is not known when it was made is
// not: somebody may rely on it.
func (p *Pass) Younger(made time.Time, than time.Duration) bool {
	return !made.IsZero() && p.Now.Sub(made) < than
}

// Older tells whether something was made so long ago, or longer. One of which it is not known when it was made is not.
func (p *Pass) Older(made time.Time, than time.Duration) bool {
	return !made.IsZero() && p.Now.Sub(made) >= than
}

// Days is the value of a param that counts days.
func (p *Pass) Days(param string) time.Duration { return time.Duration(p.Int(param)) * day }
