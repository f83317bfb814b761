package artefacts

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/functions"
)

func TestDocument(t *testing.T) {
	table := catalogue.Catalogue{
		{Title: "One", Guide: "一", Practices: []catalogue.Entry{
			{ID: "fix-it", Title: "x", Guide: "二", Severity: "low", Class: "fix"},
			{ID: "to-come", Title: "a|b", Guide: "二", Severity: "low", Class: "ask", CIS: []string{"1.2", "1.3"}},
		}},
		{Title: "All built", Guide: "四", Practices: []catalogue.Entry{{ID: "alert-only", Title: "x", Guide: "五", Severity: "low", Class: "alert"}}},
	}
	text := document(fakes(), table)
	for _, want := range []string{
		"3 things; 2 are [built]",
		"\n### fix-it\n", "\n### alert-only\n",
		"name the practice itself, because a disk goes.",
		"- Ecs `CreateDisk`\n", "- Cloud Config, a change of `ACS::SLB::LoadBalancer`", "- Cloud Config rule `root-ak-check`", "every 90 minutes",
		"`ecs:DetachDisk`", "| `ports` | `80`, `443` | one \\| two |", "| `except` | none | nothing |",
		"「一」, 「二」",
		"It only tells, in every mode.", "There is nothing to undo.",
		"| to-come | low | a\\|b | tells, and proposes a change | 1.2, 1.3 | 二 |",
		"| old-one | the product is gone |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"| fix-it | low", "All built", "<no value>"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("it says %q", unwanted)
		}
	}
	if strings.Index(text, "### alert-only") > strings.Index(text, "### fix-it") {
		t.Error("the worst does not come first")
	}
}

// Nothing of a practice is left out of the docs.
func TestDocumentOfAll(t *testing.T) {
	text := document(functions.All, nil)
	for _, p := range functions.All {
		_, section, _ := strings.Cut(text, "\n### "+p.ID+"\n")
		section, _, _ = strings.Cut(section, "\n### ")
		for _, action := range append(p.Reads, p.Writes...) {
			if !strings.Contains(section, "`"+action+"`") {
				t.Errorf("%s: its permission %s is not in the docs", p.ID, action)
			}
		}
		for _, param := range p.Params {
			if !strings.Contains(section, "`"+param.Name+"`") {
				t.Errorf("%s: its setting %s is not in the docs", p.ID, param.Name)
			}
		}
	}
}
