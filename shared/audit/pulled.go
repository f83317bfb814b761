package audit

import "time"

// Pulled is what reading the log by cursor gave.
type Pulled struct {
	Records []Record  // in the order of the log
	Next    string    // the cursor to go on with
	Now     time.Time // by the log's own clock; zero where it did not say
}
