// Package cloud is Alibaba Cloud on this machine: one account whose APIs answer
// unmodified clients over https, at their real host names, through a proxy.
//
// It verifies signatures, enforces RAM policies, validates parameters, and turns
// every write into the event that the real ActionTrail would record, so that
// what runs against it is what runs in production. An action it does not know
// is refused by name, never answered with an empty success.
//
// Package kernel is the gateway; every product is a package of its own.
package cloud

import (
	"github.com/ecsguard/ecsguard/test/cloud/chat"
	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

// What those who use a cloud need of its parts.
type (
	Options       = kernel.Options
	Call          = kernel.Call
	Principal     = kernel.Principal
	Credentials   = kernel.Credentials
	Error         = kernel.Error
	Policy        = kernel.Policy
	Fault         = kernel.Fault
	ActiveFault   = kernel.ActiveFault
	Held          = kernel.Held
	EventFaults   = eventbridge.EventFaults
	Delivered     = eventbridge.Delivered
	Function      = fc.Function
	Invocation    = fc.Invocation
	LogTrigger    = fc.LogTrigger
	Timer         = fc.Timer
	Program       = fc.Program
	Invoked       = fc.Invoked
	Message       = chat.Message
	RobotSecurity = chat.RobotSecurity
	Webhook       = chat.Webhook
	SignIn        = ram.SignIn
)

// SourceIPHeader says, on one request, which address it comes from.
const SourceIPHeader = kernel.SourceIPHeader

var (
	ParsePolicy = kernel.ParsePolicy
	Throttle    = kernel.Throttle
	Deny        = kernel.Deny
	SLSDown     = kernel.SLSDown
	ChatDown    = kernel.ChatDown
	ChatSlow    = kernel.ChatSlow
	RoundTrips  = kernel.RoundTrips
	SignACS3    = kernel.SignACS3
)
