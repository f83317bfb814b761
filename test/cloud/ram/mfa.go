package ram

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// mfaDevice is a virtual MFA device. Nobody binds one by this API here: the codes that
// it would show are a secret of the person who holds it.
type mfaDevice struct {
	serial, seed, user string // user: lower-case name of whom it is bound to
	activated          time.Time
}

var onMFA = onRAM("mfa", "")

var ramMFAActions = []action{
	{Name: "CreateVirtualMFADevice", Write: true, On: onMFA, Do: ramCreateMFA, Params: "VirtualMFADeviceName"},
	{Name: "ListVirtualMFADevices", On: onMFA, Do: ramListMFA, Params: ""},
	{Name: "DeleteVirtualMFADevice", Write: true, On: onMFA, Do: ramDeleteMFA, Params: "SerialNumber"},
	{Name: "GetUserMFAInfo", On: onUser, Do: ramGetUserMFA, Params: "UserName"},
}

func ramCreateMFA(q *request) (any, error) {
	name := q.Str("VirtualMFADeviceName")
	serial := "acs:ram::" + q.c.Account + ":mfa/" + name
	switch {
	case name == "":
		return nil, kernel.MissingAtGateway("VirtualMFADeviceName")
	case q.c.mfa[serial] != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.VirtualMFADevice", "The virtual MFA device does already exist: %s.", name)
	}
	d := &mfaDevice{serial: serial, seed: q.c.Random.Text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
	q.c.mfa[serial] = d
	return map[string]any{"VirtualMFADevice": map[string]any{"SerialNumber": serial, "Base32StringSeed": d.seed, "QRCodePNG": ""}}, nil
}

func ramListMFA(q *request) (any, error) {
	views := []any{}
	for _, serial := range kernel.SortedKeys(q.c.mfa) {
		d := q.c.mfa[serial]
		view := map[string]any{"SerialNumber": serial, "ActivateDate": kernel.Stamp(d.activated)}
		if u := q.c.users[d.user]; u != nil && d.user != "" {
			view["User"] = map[string]any{"UserId": u.id, "UserName": u.name, "DisplayName": u.display}
		}
		views = append(views, view)
	}
	return map[string]any{"VirtualMFADevices": map[string]any{"VirtualMFADevice": views}}, nil
}

func ramDeleteMFA(q *request) (any, error) {
	d := q.c.mfa[q.Str("SerialNumber")]
	switch {
	case !q.Has("SerialNumber"):
		return nil, kernel.MissingAtGateway("SerialNumber")
	case d == nil:
		return nil, kernel.Refuse(404, "EntityNotExist.VirtualMFADevice", "The virtual MFA device does not exist: %s.", q.Str("SerialNumber"))
	case d.user != "":
		return nil, kernel.Refuse(409, "DeleteConflict.VirtualMFADevice.User", "The virtual MFA device is bound to a user.")
	}
	delete(q.c.mfa, d.serial)
	return kernel.Done()
}

func ramGetUserMFA(q *request) (any, error) {
	u, err := q.loginUser()
	if err != nil {
		return nil, err
	}
	for _, serial := range kernel.SortedKeys(q.c.mfa) {
		if q.c.mfa[serial].user == strings.ToLower(u.name) {
			return map[string]any{"MFADevice": map[string]any{"SerialNumber": serial, "Type": "VMFA"}}, nil
		}
	}
	return nil, kernel.Refuse(404, "EntityNotExist.User.MFADevice", "The user has no MFA device: %s.", u.name)
}
