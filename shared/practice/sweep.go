package practice

import (
	"context"
	"time"
)

// A Lister names what a sweep looks at.
type Lister = func(context.Context, *Pass) ([]Resource, error)

// Hourly, Daily and Weekly are given what is listed, and the RAM actions that listing takes.
// They are triage's: it lists.

// Hourly is a sweep for what must not stay as it is for a day.
func Hourly(list Lister, reads ...string) Sweep {
	return Sweep{Every: time.Hour, List: list, Reads: reads}
}

// Daily is the sweep of most practices.
func Daily(list Lister, reads ...string) Sweep {
	return Sweep{Every: 24 * time.Hour, List: list, Reads: reads}
}

// Weekly is a sweep for what is untidy rather than dangerous.
func Weekly(list Lister, reads ...string) Sweep {
	return Sweep{Every: 7 * 24 * time.Hour, List: list, Reads: reads}
}

// TheRegion lists the region that the function watches, for what is a setting of a region.
func TheRegion(_ context.Context, pass *Pass) ([]Resource, error) {
	return []Resource{pass.Named("", pass.Resource.Region, "")}, nil
}

// TheAccount lists the account, for what is a setting of the account.
func TheAccount(_ context.Context, pass *Pass) ([]Resource, error) {
	return []Resource{pass.Named("", pass.Resource.Account, "")}, nil
}
