package cloud

import "time"

// noteItem tells of one resource: what Cloud Config records of it.
type noteItem func(kind, id, name, region string, created time.Time, tags map[string]string, configuration map[string]any)
