package practice

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// CopyOf is the tag of an encrypted copy of an image or a snapshot, neither of which can be encrypted in place: its value is
// the id of the original.
const CopyOf = "ecsguard-encrypted-copy-of"

// CopyParams are the settings of a practice that may make encrypted copies, of images or of snapshots.
func CopyParams(of string) []Param {
	return []Param{
		YesNo("copy", "whether an encrypted copy is made of "+of+" that is not encrypted, where the practice acts"),
		{Name: "kms-key", Kind: OneWord, Doc: "the KMS key of copies; none: the one that the region's disks have by default"},
	}
}

// CopyEncrypted gives a finding the call that makes an encrypted copy of the pass's resource, an Image or a Snapshot, with what
// that takes besides: as a change where the operator wants that and it can be copied now, and otherwise for a person. A copy
// is meant once, also where the answer is lost. The undo deletes it.
func (p *Pass) CopyEncrypted(f *Finding, kind string, can bool, params ...string) {
	id, region, what := p.Resource.ID, p.Resource.Region, strings.ToLower(kind)
	call := cloud.New("ecs", "Copy"+kind, region, append([]string{kind + "Id", id, "DestinationRegionId", region, "Encrypted", "true", "KMSKeyId", p.Word("kms-key"),
		"Tag.1.Key", CopyOf, "Tag.1.Value", id, "ClientToken", "ecsguard-copy-of-" + id}, params...)...)
	if can && p.Yes("copy") {
		f.Changes = Reversible("make an encrypted copy of "+what+" "+id, call, cloud.New("ecs", "Delete"+kind, region, kind+"Id", "{"+kind+"Id}"))
		return
	}
	f.Paste = ByHand("It makes the copy", call)
}

// MayBeCopy tells whether a snapshot may be an encrypted copy of one of others, as far as the cloud says. The tag proves
// nothing: whoever may put on tags can put it on anything.
func MayBeCopy(s resource.Snapshot, of ...string) bool {
	return *s.Encrypted && (s.SourceSnapshotID == "" || slices.Contains(of, s.SourceSnapshotID))
}

// Copying reports that the encrypted copy of what was read is in the making.
func (p *Pass) Copying(read resource.Described, copyID string) {
	f := p.Finding(read, "copying", "The "+resource.KindOf(read.About().Type).Words+" is not encrypted, and its encrypted copy is in the making: "+copyID)
	f.Severity, f.Advice = Low, "Nothing has to be done: it is looked at again."
	p.Report(f)
}
