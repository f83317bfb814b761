// Package ecsimageencrypted: custom images are encrypted.
//
// # What is wrong
//
// An image of the account has a disk that is not encrypted, and there is no encrypted copy of it. Instances of it begin in the clear,
// and whoever gets at the image or its snapshots reads what is on it.
//
// # What is done
//
// People are told, with the commands. With copy: yes, an encrypted copy is made, with the tag ecsguard-encrypted-copy-of and the
// image's id; days later the image itself is marked as deprecated. Each is one look: a copy takes minutes to hours, and what is
// done next is seen from the state. The undo deletes the copy, and makes the image available again. Nothing else is deleted: after the undo
// the copy's snapshots are left, which cost until somebody deletes them. The tag alone makes nothing a copy, since anybody may put
// it on: the image has to be a later copy, encrypted as a whole, and of nothing else.
//
// An image in the making is judged when it is made. One that is deprecated, or could not be made, cannot be copied, and is
// only told of. Images with the tag plain-image stay as they are: an image that is encrypted with the service key
// cannot be shared.
//
// # What may break
//
// The copy costs as much storage as the image. A deprecated image is no longer found by its family, nor shared with anybody else;
// instances can still be made of it by its id. Launch templates and scaling groups go on using the image until they name the copy.
//
// # References
//
// ECS API DescribeImages, DescribeSnapshots, CopyImage, ModifyImageAttribute, DeleteImage (2014-05-26). EncryptAlgorithm is for a few
// regions only, and is left to the cloud.
package ecsimageencrypted
