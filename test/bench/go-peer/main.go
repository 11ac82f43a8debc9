// Command go-peer is the least that a controller on controller-runtime does with the objects that the operator watches:
// it keeps the same kinds in its cache, selected as the operator selects them, and for each change of a NodeRuntime
// counts those that serve and writes the count to the FaceModel's status. It decides nothing else, so what it takes is
// the price of client-go and controller-runtime alone.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var group = schema.GroupVersion{Group: "facefleet.dev", Version: "v1alpha1"}

// Kinds that are watched beside the FaceModel and the NodeRuntime.
var others = []string{"FaceDataset", "CameraStream", "FaceGallery", "RolloutDecision", "EngineBuild"}

func ours(kind string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(group.WithKind(kind))
	return object
}

type counter struct{ client.Client }

// Reconcile writes how many of the model's runtimes serve, as "199/200".
func (c *counter) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	model := ours("FaceModel")
	if err := c.Get(ctx, request.NamespacedName, model); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	runtimes := &unstructured.UnstructuredList{}
	runtimes.SetGroupVersionKind(group.WithKind("NodeRuntimeList"))
	if err := c.List(ctx, runtimes, client.InNamespace(request.Namespace)); err != nil {
		return reconcile.Result{}, err
	}
	serving, total := 0, 0
	for _, runtime := range runtimes.Items {
		if name, _, _ := unstructured.NestedString(runtime.Object, "spec", "model"); name != request.Name {
			continue
		}
		total++
		if state, _, _ := unstructured.NestedString(runtime.Object, "status", "slots", "active", "state"); state == "Ready" {
			serving++
		}
	}
	progress := fmt.Sprintf("%d/%d", serving, total)
	if known, _, _ := unstructured.NestedString(model.Object, "status", "progress"); known == progress {
		return reconcile.Result{}, nil
	}
	wanted := ours("FaceModel")
	wanted.SetName(request.Name)
	wanted.SetNamespace(request.Namespace)
	if err := unstructured.SetNestedField(wanted.Object, progress, "status", "progress"); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{}, c.Status().Patch(ctx, wanted, client.Apply, client.FieldOwner("go-peer"), client.ForceOwnership)
}

func selected(selector string) cache.ByObject {
	parsed, err := labels.Parse(selector)
	if err != nil {
		panic(err)
	}
	return cache.ByObject{Label: parsed}
}

func run() error {
	namespace := flag.String("namespace", "", "namespace that is looked after")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.UserAgent = "go-peer"
	made := selected("app.kubernetes.io/managed-by=facefleet")
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Metrics: server.Options{BindAddress: "127.0.0.1:0"},
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{*namespace: {}},
			DefaultTransform:  cache.TransformStripManagedFields(),
			ByObject: map[client.Object]cache.ByObject{
				&batchv1.Job{}:               made,
				&appsv1.Deployment{}:         made,
				&appsv1.ControllerRevision{}: made,
				&corev1.Pod{}:                selected("app.kubernetes.io/managed-by=facefleet,facefleet.dev/try"),
			},
		},
		Client: client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return err
	}
	toModel := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		model, _, _ := unstructured.NestedString(object.(*unstructured.Unstructured).Object, "spec", "model")
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: model}}}
	})
	nowhere := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request { return nil })
	builder := ctrl.NewControllerManagedBy(manager).For(ours("FaceModel")).Watches(ours("NodeRuntime"), toModel)
	for _, kind := range others {
		builder = builder.Watches(ours(kind), nowhere)
	}
	for _, object := range []client.Object{
		&corev1.Node{}, &corev1.Pod{}, &batchv1.Job{}, &appsv1.Deployment{}, &appsv1.ControllerRevision{},
	} {
		builder = builder.Watches(object, nowhere)
	}
	if err := builder.Complete(&counter{manager.GetClient()}); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "go-peer:", err)
		os.Exit(1)
	}
}
