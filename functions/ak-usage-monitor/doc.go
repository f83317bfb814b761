// Package akusagemonitor: a key used from a new place, for a new service or with many errors is reported.
//
// # What is wrong
//
// An AccessKey that has been in use for a while is used from an address, or for a service, from or
// for which it never was before; or its calls are refused again and again. So it looks when somebody
// else has got the key and tries what it may do.
//
// # What is done
//
// People are told what the events show. Each hour one search of the trail's log compares the last
// two hours with the month before. A key that is younger than a week there is still being learned, and
// addresses that are named as expected are not new. What ActionTrail does not record is not seen.
//
// # What may break
//
// Nothing: this practice changes nothing. Programs whose addresses change are told of each time:
// name their blocks as expected, or exempt the key.
//
// # References
//
// ActionTrail API DescribeTrails (2020-07-06); the events as a trail delivers them to the log
// service, https://www.alibabacloud.com/help/en/actiontrail/
package akusagemonitor
