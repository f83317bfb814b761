package resource

import (
	"context"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A WeakPassword is a machine on which a baseline check of Security Center has found passwords that are easy to guess.
type WeakPassword struct {
	InstanceID, RegionID string

	HighWarningCount, MediumWarningCount, LowWarningCount int

	Risk string `json:"-"` // in its words: SSH weak password
}

type baselineRisk struct {
	RiskID                                                int64
	RiskName                                              string
	HighWarningCount, MediumWarningCount, LowWarningCount int
}

type riskPage struct{ WarningSummarys []baselineRisk } // sic

func (p riskPage) Items() []baselineRisk { return p.WarningSummarys }

type weakPage struct{ WarningMachines []WeakPassword }

func (p weakPage) Items() []WeakPassword { return p.WarningMachines }

// WeakPasswords reads them, of all regions that the centre of a region looks after. The edition may have no baseline checks
// (FreeVersionNotPermit): that is an error, and not that there are none.
func WeakPasswords(ctx context.Context, r cloud.Reader, region string) (all []WeakPassword, err error) {
	risks, err := cloud.ReadNumberedBy[riskPage](ctx, r, cloud.New("sas", "DescribeCheckWarningSummary", region, "TypeName", "weak_password", "Lang", "en"), "CurrentPage")
	if err != nil {
		return nil, err
	}
	for _, risk := range risks {
		if risk.HighWarningCount+risk.MediumWarningCount+risk.LowWarningCount == 0 {
			continue
		}
		machines, err := cloud.ReadNumberedBy[weakPage](ctx, r, cloud.New("sas", "DescribeWarningMachines", region, "RiskId", strconv.FormatInt(risk.RiskID, 10), "Lang", "en"), "CurrentPage")
		if err != nil {
			return nil, err
		}
		for _, m := range machines {
			m.Risk = risk.RiskName
			all = append(all, m)
		}
	}
	return all, nil
}
