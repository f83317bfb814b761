// Package ecsdiskencrypted: system and data disks are encrypted.
//
// # What is wrong
//
// A disk is not encrypted: whoever gets at the medium, a snapshot or an image of it
// reads the data. Local disks cannot be encrypted and are not judged.
//
// # What is done
//
// The disk is reported. Encryption cannot be switched on for a disk that exists, so
// a person has to move the data. The practice ecs-disk-default-encryption sees to it
// that the next disk is encrypted.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// ECS API DescribeDisks (2014-05-26), user guide "Encrypt cloud disks".
package ecsdiskencrypted
