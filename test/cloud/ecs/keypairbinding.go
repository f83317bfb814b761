package ecs

import (
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Binding shows in the description of an instance at once, and opens the machine after its next
// start. That binding ends logging on by password, and taking the key off does not bring that
// back, is within the guest, and left out.
var keyPairBindingActions = []action{
	{
		Name: "AttachKeyPair", Write: true, Do: attachKeyPair, Params: "RegionId! KeyPairName! InstanceIds!",
		On: kernel.Both(onEach("instance", kernel.NamedIn("InstanceIds")), onEach("keypair", kernel.Named("KeyPairName"))),
	},
	{
		Name: "DetachKeyPair", Write: true, Do: detachKeyPair, Params: "RegionId! KeyPairName! InstanceIds!",
		On: kernel.Both(onEach("instance", kernel.NamedIn("InstanceIds")), onEach("keypair", kernel.Named("KeyPairName"))),
	},
}

// attachKeyPair replaces the key that an instance has. Each instance has a result of its own: the call
// succeeds although some have failed, and the numbers are texts.
func attachKeyPair(q *request) (any, error) {
	name := q.Str("KeyPairName")
	if _, ok := kernel.Find(q.Request, q.c.KeyPairs, name); !ok {
		return nil, kernel.Refuse(404, "InvalidKeyPair.NotFound", "The specified KeyPairName does not exist.")
	}
	return q.onInstances(name, func(i *instance) (code string) {
		if i.osType() == "windows" {
			return "DependencyViolation.WindowsInstance"
		}
		i.KeyPair = name
		return ""
	})
}

// An instance that has another key, or none, is left as it is.
func detachKeyPair(q *request) (any, error) {
	name := q.Str("KeyPairName")
	return q.onInstances(name, func(i *instance) string {
		if i.KeyPair == name {
			i.KeyPair = ""
		}
		return ""
	})
}

func (q *request) onInstances(keyPair string, do func(*instance) (code string)) (any, error) {
	ids, err := q.JSONList("InstanceIds", 50)
	if err != nil {
		return nil, err
	}
	results, failed := []any{}, 0
	for _, id := range slices.Compact(slices.Clone(ids)) {
		code := "InvalidInstanceId.NotFound"
		if i, ok := kernel.Find(q.Request, q.c.Instances, id); ok {
			code = do(i)
			q.Touch(kernel.InstanceKind, id)
		}
		result := map[string]any{"InstanceId": id, "Success": "true", "Code": "200", "Message": "successful"}
		if code != "" {
			result["Success"], result["Code"], result["Message"] = "false", code, "The operation is not supported for the instance."
			failed++
		}
		results = append(results, result)
	}
	q.Touch(keyPairKind, keyPair)
	return map[string]any{
		"KeyPairName": keyPair, "TotalCount": fmt.Sprint(len(results)), "FailCount": fmt.Sprint(failed), "Results": map[string]any{"Result": results},
	}, nil
}
