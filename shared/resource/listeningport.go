package resource

import (
	"context"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A ListeningPort is one that Security Center has found a process to listen on.
type ListeningPort struct{ InstanceID, Port, Proto, BindIP, ProcName string }

// portsPerPage is how many are asked for at once.
const portsPerPage = 100

// ListeningPorts reads those of the machines that a remark finds: a name, or a part of an
// address. The free edition does not say, which is none: that nothing was found does not mean
// that nothing listens.
func ListeningPorts(ctx context.Context, r cloud.Reader, region, remark string) (all []ListeningPort, err error) {
	call := cloud.New("sas", "DescribePropertyPortDetail", region, "Remark", remark, "PageSize", strconv.Itoa(portsPerPage))
	for page, more := 1, true; more; page++ {
		var answer struct{ Propertys []ListeningPort } // sic
		err := r.Read(ctx, call.With("CurrentPage", strconv.Itoa(page)), &answer)
		if cloud.Code(err) == "FreeVersionNotPermit" {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Propertys...)
		more = len(answer.Propertys) == portsPerPage
	}
	return all, nil
}
