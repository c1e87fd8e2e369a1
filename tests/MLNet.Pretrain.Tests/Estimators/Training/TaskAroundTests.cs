using System.Reflection;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

public class TaskAroundTests
{
    [Fact]
    public void It_passes_on_every_member_those_with_a_default_as_well()
    {
        InterfaceMapping map = typeof(TaskAround).GetInterfaceMap(typeof(ITrainingTask));
        map.InterfaceMethods.Zip(map.TargetMethods).Where(pair => pair.Second?.DeclaringType != typeof(TaskAround)).Select(pair => pair.First.Name).Should().BeEmpty("a default in its place would hide the inner task's own");
    }

    [Fact]
    public void Every_task_around_another_is_one() =>
        typeof(ITrainingTask).Assembly.GetTypes()
            .Where(type => type.IsClass && typeof(ITrainingTask).IsAssignableFrom(type) && type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
                .Any(constructor => constructor.GetParameters().Any(parameter => typeof(ITrainingTask).IsAssignableFrom(parameter.ParameterType))))
            .Should().OnlyContain(type => typeof(TaskAround).IsAssignableFrom(type));
}
