package ecsnonrootlogin_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	ecsnonrootlogin "github.com/ecsguard/ecsguard/functions/ecs-nonroot-login"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// unsaid is a cloud in which somebody changes the default version while it is read: none is said to be it.
type unsaid struct{}

func (unsaid) Read(_ context.Context, call cloud.Call, out any) error {
	return json.Unmarshal([]byte(map[string]string{
		"DescribeLaunchTemplates":        `{"LaunchTemplateSets":{"LaunchTemplateSet":[{"LaunchTemplateId":"lt-1","DefaultVersionNumber":2}]}}`,
		"DescribeLaunchTemplateVersions": `{"LaunchTemplateVersionSets":{"LaunchTemplateVersionSet":[{"VersionNumber":1,"DefaultVersion":false,"LaunchTemplateData":{"ImageId":"m-1"}}]}}`,
	}[call.Action]), out)
}

func TestADefaultVersionThatIsNotSaidIsNotGood(t *testing.T) {
	pass := practice.NewPass(ecsnonrootlogin.Practice, practice.Resource{Type: resource.TypeLaunchTemplate, ID: "lt-1", Region: "cn-hangzhou"}, nil, time.Now(), unsaid{}, nil)
	if err := ecsnonrootlogin.Practice.Check(t.Context(), pass); err == nil || !strings.Contains(err.Error(), "default version") {
		t.Errorf("%v, %v", err, pass.Findings())
	}
}
