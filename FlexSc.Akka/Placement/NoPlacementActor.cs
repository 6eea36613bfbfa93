using Akka.Actor;

namespace FlexSc.Akka.Placement;

/// <summary>Stands in for placement where there are no loops to place: a program that asks for it runs on Akka.NET's own all the same.</summary>
internal sealed class NoPlacementActor : ReceiveActor
{
    public NoPlacementActor(string reason) =>
        ReceiveAny(command => Sender.Tell(new FlexPlacement.Refused(command, $"FlexSC does not run, and there is nothing to place: {reason}")));
}
