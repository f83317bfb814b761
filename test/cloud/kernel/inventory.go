package kernel

import "time"

// NoteItem tells of one resource: what Cloud Config records of it.
type NoteItem func(kind, id, name, region string, created time.Time, tags map[string]string, configuration map[string]any)
