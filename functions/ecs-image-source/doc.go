// Package ecsimagesource: instances are made of approved images.
//
// # What is wrong
//
// An instance is made of an image that neither Alibaba Cloud nor the account has made, and whose owner nobody has named: one that others
// share, one of the community, or one of the marketplace. What else its maker has put in it, nobody knows. Or its image is deprecated or
// cannot be used any more, and gets no updates.
//
// # What is done
//
// People are told. owners names the accounts whose images are approved: partners, vendors of the marketplace. An image that cannot be
// found, since it was deleted or is not shared any more, is told of as unknown: whoever shares one may take it back after the launch. With quarantine: stop, an instance of another's
// image that is less than ten minutes old is stopped, in the mode in which it keeps its address; the undo starts it. Older ones, and
// those of a cluster or a scaling group, are never stopped.
//
// Images that somebody imports are the account's own: what is in them is judged by nobody here.
//
// # What may break
//
// With quarantine: stop, whatever the new instance was to do. A stopped instance is judged no more until it is started by a person.
//
// # References
//
// ECS API DescribeInstances, DescribeImages, StopInstance, StartInstance (2014-05-26). Community images are found with ImageOwnerAlias=others
// and IsPublic=true only.
package ecsimagesource
