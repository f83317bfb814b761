package cloud

import (
	"strings"
	"time"
)

// mfaDevice is a virtual MFA device. Nobody binds one by this API here: the codes that
// it would show are a secret of the person who holds it.
type mfaDevice struct {
	serial, seed, user string // user: lower-case name of whom it is bound to
	activated          time.Time
}

var onMFA = onRAM("mfa", "")

var ramMFAActions = []rpcAction{
	{name: "CreateVirtualMFADevice", write: true, on: onMFA, do: ramCreateMFA, params: "VirtualMFADeviceName"},
	{name: "ListVirtualMFADevices", on: onMFA, do: ramListMFA, params: ""},
	{name: "DeleteVirtualMFADevice", write: true, on: onMFA, do: ramDeleteMFA, params: "SerialNumber"},
	{name: "GetUserMFAInfo", on: onUser, do: ramGetUserMFA, params: "UserName"},
}

func ramCreateMFA(q *rpcRequest) (any, error) {
	name := q.str("VirtualMFADeviceName")
	serial := "acs:ram::" + q.c.Account + ":mfa/" + name
	switch {
	case name == "":
		return nil, missingAtGateway("VirtualMFADeviceName")
	case q.c.ram.mfa[serial] != nil:
		return nil, refuse(409, "EntityAlreadyExists.VirtualMFADevice", "The virtual MFA device does already exist: %s.", name)
	}
	d := &mfaDevice{serial: serial, seed: q.c.random.text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
	q.c.ram.mfa[serial] = d
	return map[string]any{"VirtualMFADevice": map[string]any{"SerialNumber": serial, "Base32StringSeed": d.seed, "QRCodePNG": ""}}, nil
}

func ramListMFA(q *rpcRequest) (any, error) {
	views := []any{}
	for _, serial := range sortedKeys(q.c.ram.mfa) {
		d := q.c.ram.mfa[serial]
		view := map[string]any{"SerialNumber": serial, "ActivateDate": stamp(d.activated)}
		if u := q.c.ram.users[d.user]; u != nil && d.user != "" {
			view["User"] = map[string]any{"UserId": u.id, "UserName": u.name, "DisplayName": u.display}
		}
		views = append(views, view)
	}
	return map[string]any{"VirtualMFADevices": map[string]any{"VirtualMFADevice": views}}, nil
}

func ramDeleteMFA(q *rpcRequest) (any, error) {
	d := q.c.ram.mfa[q.str("SerialNumber")]
	switch {
	case !q.has("SerialNumber"):
		return nil, missingAtGateway("SerialNumber")
	case d == nil:
		return nil, refuse(404, "EntityNotExist.VirtualMFADevice", "The virtual MFA device does not exist: %s.", q.str("SerialNumber"))
	case d.user != "":
		return nil, refuse(409, "DeleteConflict.VirtualMFADevice.User", "The virtual MFA device is bound to a user.")
	}
	delete(q.c.ram.mfa, d.serial)
	return done()
}

func ramGetUserMFA(q *rpcRequest) (any, error) {
	u, err := q.loginUser()
	if err != nil {
		return nil, err
	}
	for _, serial := range sortedKeys(q.c.ram.mfa) {
		if q.c.ram.mfa[serial].user == strings.ToLower(u.name) {
			return map[string]any{"MFADevice": map[string]any{"SerialNumber": serial, "Type": "VMFA"}}, nil
		}
	}
	return nil, refuse(404, "EntityNotExist.User.MFADevice", "The user has no MFA device: %s.", u.name)
}
