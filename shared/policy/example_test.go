package policy_test

import (
	"fmt"

	"github.com/ecsguard/ecsguard/shared/policy"
)

// A policy is looked at for what it allows in effect, and made smaller.
func Example() {
	d, err := policy.Parse("operators", []byte(`{
		"Version": "1",
		"Statement": [
			{"Effect": "Allow", "Action": ["ecs:*", "vpc:Describe*"], "Resource": "*"},
			{"Effect": "Allow", "NotAction": "ecs:*", "Resource": "*"}
		]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	admin := policy.Of(d).Administrator()
	fmt.Println("everything:", admin.Everything, "by", admin.By)

	edit, err := d.Without(policy.Scope{Actions: []string{"ram:*", "sts:*"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(edit.Words)
	fmt.Println(edit.Document.JSON())
	verdict := policy.Of(edit.Document).Judge(policy.Request{Action: "ram:CreateUser", Resource: "acs:ram:*:1:user/*"})
	fmt.Println(verdict)
	// Output:
	// everything: yes by [statement 2 of operators]
	// statement 2 allows all actions but ram:*, sts:*
	// {"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:*","vpc:Describe*"],"Resource":"*"},{"Effect":"Allow","NotAction":["ecs:*","ram:*","sts:*"],"Resource":"*"}]}
	// denied: no statement allows it
}

// A proposal is text to be pasted.
func ExampleProposeDeny() {
	text, err := policy.ProposeDeny(policy.Control, "no-keys", policy.Scope{Actions: []string{"ram:CreateAccessKey"}})
	fmt.Println(text, err)
	// Output:
	// {
	//   "Version": "1",
	//   "Statement": [
	//     {
	//       "Effect": "Deny",
	//       "Action": "ram:CreateAccessKey",
	//       "Resource": "*"
	//     }
	//   ]
	// } <nil>
}
