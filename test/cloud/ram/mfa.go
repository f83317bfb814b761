package ram

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// mfaDevice is a virtual MFA device: a seed, of which an app on a telephone makes codes.
// Its codes are real ones: a test binds it with TOTP. Hardware keys, and codes sent to a
// telephone, are left out.
type mfaDevice struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	User            string `yaml:"user,omitempty"` // to whom it is bound, by name

	seed      string
	activated time.Time
}

var mfaRows = kernel.Kind{Key: "mfa-devices"}

func (d *mfaDevice) Defaults(*Service) {
	d.ID, d.User = strings.ToLower(d.Name), strings.ToLower(d.User)
}

// One device a user.
func (d *mfaDevice) Check(s *Service) error {
	u := s.User(d.User)
	switch {
	case twice(s.MFADevices, d):
		return fmt.Errorf("the device %q is there twice", d.Name)
	case d.User != "" && u == nil:
		return fmt.Errorf("no user %q", d.User)
	case d.User != "" && s.deviceOf(u) != d:
		return fmt.Errorf("the user %q has another device", d.User)
	}
	return nil
}

func (d *mfaDevice) Complete(_ *kernel.Loader, s *Service) error {
	d.seed = s.newSeed()
	if d.User != "" {
		d.activated = d.Created
	}
	return nil
}

func (c *Service) newSeed() string { return c.Random.Text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") }

// The serial number is an ARN.
func (c *Service) serial(d *mfaDevice) string { return "acs:ram::" + c.Account + ":mfa/" + d.Name }

// deviceOf is the device of a user, if it has one.
func (c *Service) deviceOf(u *ramUser) *mfaDevice {
	for _, d := range c.MFADevices {
		if d.User == u.ID {
			return d
		}
	}
	return nil
}

const mfaKind = "ACS::RAM::MFADevice"

var onMFA = onRAM("mfa", "")

// To bind needs permission for the user, and to make one for devices as a whole.
var ramMFAActions = []action{
	{Name: "CreateVirtualMFADevice", Write: true, On: onMFA, Do: createMFA, Params: "VirtualMFADeviceName"},
	{Name: "ListVirtualMFADevices", On: onMFA, Do: listMFA, Params: ""},
	{Name: "DeleteVirtualMFADevice", Write: true, On: onMFA, Do: deleteMFA, Params: "SerialNumber"},
	// Two codes in a row. The event has them masked.
	{Name: "BindMFADevice", Write: true, On: onUser, Do: bindMFA, Params: "UserName SerialNumber AuthenticationCode1 AuthenticationCode2"},
	{Name: "UnbindMFADevice", Write: true, On: onUser, Do: unbindMFA, Params: "UserName"},
	{Name: "GetUserMFAInfo", On: onUser, Do: getUserMFA, Params: "UserName"},
}

var imsMFAActions = []action{
	{Name: "CreateVirtualMFADevice", Write: true, On: onMFA, Do: createMFA, Params: "VirtualMFADeviceName!"},
	{Name: "ListVirtualMFADevices", On: onMFA, Do: listMFA, Params: "Marker MaxItems:Integer=1..100"},
	{Name: "DeleteVirtualMFADevice", Write: true, On: onMFA, Do: deleteMFA, Params: "SerialNumber!"},
	{Name: "BindMFADevice", Write: true, On: onPrincipal, Do: bindMFA, Params: "UserPrincipalName! SerialNumber AuthenticationCode1 AuthenticationCode2"},
	{Name: "UnbindMFADevice", Write: true, On: onPrincipal, Do: unbindMFA, Params: "UserPrincipalName!"},
	// Unbinding and deleting in one call: the account's second factor is gone, and one event says
	// so.
	{Name: "DisableVirtualMFA", Write: true, On: onPrincipal, Do: disableMFA, Params: "UserPrincipalName!"},
	{Name: "GetUserMFAInfo", On: onPrincipal, Do: getUserMFA, Params: "UserPrincipalName"},
	{Name: "GetAccountMFAInfo", Do: getAccountMFA, Params: ""},
}

// The seed is answered once; the picture of it is empty.
func createMFA(q *request) (any, error) {
	name := q.Str("VirtualMFADeviceName")
	switch {
	case name == "":
		return nil, kernel.MissingAtGateway("VirtualMFADeviceName")
	case named(q.c.MFADevices, strings.ToLower(name)) != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.VirtualMFADevice", "The virtual mfa device does already EXIST: %s.", name) // sic
	case len(q.c.MFADevices) >= quotas["VirtualMFADevicesQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.VirtualMFADevice", "The count of virtual mfa devices beyond the current limits.") // sic
	}
	if err := checkName("VirtualMFADeviceName", name, 64); err != nil {
		return nil, err
	}
	d := &mfaDevice{Resource: q.c.resource(name), seed: q.c.newSeed()}
	q.c.MFADevices = append(q.c.MFADevices, d)
	q.Touch(mfaKind, q.c.serial(d))
	return map[string]any{"VirtualMFADevice": map[string]any{"SerialNumber": q.c.serial(d), "Base32StringSeed": d.seed, "QRCodePNG": ""}}, nil
}

func listMFA(q *request) (any, error) {
	return markedPage(q, kernel.ByID(q.c.MFADevices), "VirtualMFADevices", "VirtualMFADevice", func(d *mfaDevice) any {
		view := map[string]any{"SerialNumber": q.c.serial(d), "ActivateDate": kernel.Stamp(d.activated)}
		if u := q.c.User(d.User); u != nil {
			view["User"] = q.named(map[string]any{"UserId": u.number, "DisplayName": u.DisplayName}, u)
		}
		return view
	})
}

// device finds the device of a call.
func (q *request) device() (*mfaDevice, error) {
	if !q.Has("SerialNumber") {
		return nil, kernel.MissingAtGateway("SerialNumber")
	}
	for _, d := range q.c.MFADevices {
		if q.c.serial(d) == q.Str("SerialNumber") {
			q.Touch(mfaKind, q.c.serial(d))
			return d, nil
		}
	}
	return nil, kernel.Refuse(404, "EntityNotExist.VirtualMFADevice", "The virtual mfa device does not exist: %s.", q.Str("SerialNumber"))
}

func deleteMFA(q *request) (any, error) {
	d, err := q.device()
	switch {
	case err != nil:
		return nil, err
	case d.User != "":
		return nil, kernel.Refuse(409, "DeleteConflict.VirtualMFADevice.User", "The virtual mfa device CAN NOT been bound to any user while deleting it.") // sic
	}
	q.c.MFADevices = kernel.Without(q.c.MFADevices, d.ID)
	return kernel.Done()
}

// TOTP is the code that a device shows at a time (RFC 6238, six digits, 30 seconds).
func TOTP(seed string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		return ""
	}
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(at.Unix()/30))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000)
}

// bindMFA wants two codes in a row, of which the second may be the next one to come: it shows that the telephone
// has the seed.
func bindMFA(q *request) (any, error) {
	u, err := q.namedUser()
	if err != nil {
		return nil, err
	}
	d, err := q.device()
	if err != nil {
		return nil, err
	}
	var codes [2]string
	for i := range codes {
		param := fmt.Sprintf("AuthenticationCode%d", i+1)
		codes[i] = q.Str(param)
		switch {
		case codes[i] == "":
			return nil, kernel.MissingAtGateway(param)
		case len(codes[i]) != 6 || strings.Trim(codes[i], "0123456789") != "":
			return nil, kernel.Refuse(400, "InvalidParameter.AuthenticationCode.Format", `The parameter - "AuthenticationCode" MUST be 6 numbers.`)
		}
	}
	switch {
	case q.c.deviceOf(u) != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User.MFADevice", "The user has already bound a MFA device.")
	case d.User != "":
		return nil, kernel.Refuse(409, "EntityAlreadyExists.VirtualMFADevice.User", "The virtual mfa device does already been bound to a user.") // sic
	}
	for _, step := range []time.Duration{-2, -1, 0} {
		at := q.c.Clock().Add(step * 30 * time.Second)
		if codes[0] == TOTP(d.seed, at) && codes[1] == TOTP(d.seed, at.Add(30*time.Second)) {
			d.User, d.activated = u.ID, q.c.Clock()
			return kernel.Done()
		}
	}
	return nil, kernel.Refuse(403, "CheckAuthenticationCodeFail", `The parameter - "AuthenticationCode" is inccorrect.`) // sic
}

// boundDevice is the device of the user of a call.
func (q *request) boundDevice() (*mfaDevice, error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	if d := q.c.deviceOf(u); d != nil {
		return d, nil
	}
	return nil, noDevice(u)
}

// unbindMFA leaves the device, for somebody to delete.
func unbindMFA(q *request) (any, error) {
	if !q.Has(q.nameParam()) {
		return nil, kernel.MissingAtGateway(q.nameParam())
	}
	d, err := q.boundDevice()
	if err != nil {
		return nil, err
	}
	q.Touch(mfaKind, q.c.serial(d))
	d.User, d.activated = "", time.Time{}
	return map[string]any{"MFADevice": map[string]any{"SerialNumber": q.c.serial(d)}}, nil
}

// disableMFA takes the device away and deletes it.
func disableMFA(q *request) (any, error) {
	d, err := q.boundDevice()
	if err != nil {
		return nil, err
	}
	q.Touch(mfaKind, q.c.serial(d))
	q.c.MFADevices = kernel.Without(q.c.MFADevices, d.ID)
	return kernel.Done()
}

// getUserMFA: RAM refuses where there is no device, and IMS says that there is none.
func getUserMFA(q *request) (any, error) {
	if !q.ims() && !q.Has("UserName") {
		return nil, kernel.MissingAtGateway("UserName")
	}
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	d := q.c.deviceOf(u)
	switch {
	case d == nil && q.ims():
		return map[string]any{"IsMFAEnable": false}, nil
	case d == nil:
		return nil, noDevice(u)
	}
	answer := map[string]any{"MFADevice": map[string]any{"SerialNumber": q.c.serial(d), "Type": "VMFA"}}
	if q.ims() {
		answer["IsMFAEnable"] = true
	}
	return answer, nil
}

func noDevice(u *ramUser) error {
	return kernel.Refuse(404, "EntityNotExist.User.MFADevice", "The user has not bound any MFA device: %s.", u.Name)
}

// getAccountMFA is about the root account.
func getAccountMFA(q *request) (any, error) {
	return map[string]any{"IsMFAEnable": q.c.rootHasMFA()}, nil
}
