package cloud

// products holds what each product keeps: one embedded struct a file, so that
// a new product is a new file and one line here.
type products struct {
	ram    ramState
	ecs    ecsState
	vpc    vpcState
	trails trailState
	slb    slbState
	alb    albState
	nlb    nlbState
	sas    sasState
	vpcHooks
	slsState
	eventbridgeState
	fcState
	chatState
	configState
}
