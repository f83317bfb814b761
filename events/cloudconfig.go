package events

import "errors"

// Cloud Config says the same in four shapes: flat with every value a string
// (EventBridge, Log Service), nested with objects and numbers (MNS), nested in
// the invocation of a custom rule, and the result of an evaluation. Besides
// these it invokes remediations with no more than the resource's name.

// readConfigItem reads a change of a resource's configuration.
func readConfigItem(e *Event, d object) error {
	item := d.object("configurationItem")
	if item == nil {
		item = d
	}
	e.Kind = KindConfigItem
	return e.readConfig(d, item)
}

// readNonCompliant reads the result of an evaluation. Where the qualifier is in
// EventBridge's form is not documented to the end, so it is looked for.
func readNonCompliant(e *Event, d object) error {
	id := d.object("evaluationResultIdentifier")
	qualifier := id.object("evaluationResultQualifier")
	if qualifier == nil {
		qualifier = id
	}
	if qualifier == nil {
		qualifier = d
	}
	// A rule's name is the operator's, the managed rule's identifier is not:
	// older messages have only the name.
	e.Kind = KindConfigNonCompliant
	e.Rule = qualifier.text("sourceIdentifier", "configRuleName")
	return e.readConfig(d, qualifier)
}

// readConfigRule reads the invocation of a custom rule. A rule that runs by the
// clock may be invoked without a resource: what counts is the token.
func readConfigRule(e *Event, d object) error {
	invoking := d.object("invokingEvent")
	if invoking == nil {
		return errors.New(`no object in "invokingEvent" of a Cloud Config rule's invocation`)
	}
	e.ResultToken = d.text("resultToken")
	if e.ResultToken == "" {
		return errors.New(`no "resultToken" in a Cloud Config rule's invocation`)
	}
	if rule := d.object("ruleParameters"); len(rule) > 0 {
		e.Params = make(map[string]string, len(rule))
		flattenObject(e.Params, "", rule, 0)
	}
	e.Kind = KindConfigRule
	item := invoking.object("configurationItem")
	if item == nil {
		item = object{}
	}
	// Half an item is an error, no item is not.
	err := e.readConfig(invoking, item)
	if err != nil && len(item) > 0 {
		return err
	}
	return nil
}

// readRemediation reads one element of what Cloud Config invokes a remediation
// with.
func readRemediation(e *Event, d object) error {
	e.Kind = KindConfigRemediation
	return e.readConfig(d, d)
}

// readConfig reads what the shapes share: the resource from item, the rest from
// item or the message around it.
func (e *Event) readConfig(d, item object) error {
	e.Service = "config"
	e.Name = item.text("resourceType")
	id := item.text("resourceId")
	for _, account := range []string{
		item.text("accountId", "resourceOwnerId"), d.text("accountId"),
	} {
		if account != "" {
			e.Account = account
			break
		}
	}
	// Cloud Config sends from its own region, not from the resource's.
	if region := item.text("regionId"); region != "" {
		e.Region = region
	}
	// The state was seen at captureTime; the others say when it was judged and
	// when that was told.
	for _, when := range []string{
		item.text("captureTime"),
		d.object("evaluationResultIdentifier").text("orderingTimestamp"),
		d.text("notificationCreationTime", "notificationCreationTimestamp"),
	} {
		if t, ok := parseTime(when); ok {
			e.Time = t
			break
		}
	}
	if id != "" && e.Name != "" {
		e.Resources = []Resource{{longType(e.Name), id}}
	}
	// One request of Cloud Config evaluates many resources against many rules.
	if request := d.text("requestId"); e.ID == "" && request != "" {
		e.ID = request + "/" + id
		if rule := item.text("configRuleId"); rule != "" {
			e.ID += "/" + rule
		}
	}
	switch {
	case e.Name == "":
		return errors.New(`no "resourceType" in a Cloud Config message`)
	case id == "":
		return errors.New(`no "resourceId" in a Cloud Config message about ` + e.Name)
	}
	return nil
}
