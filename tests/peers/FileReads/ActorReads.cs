using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.IO;

namespace FlexSc.Peers.FileReads;

/// <summary>Actors on loops, each with a handle of its own and one read at a time.</summary>
internal sealed class ActorReads : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("files", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));

    public ActorReads(string file)
    {
        _ = FlexFile.For(_system);
        Pooled = new Way(_system, file, pooled: true);
        Copied = new Way(_system, file, pooled: false);
    }

    public IFileReads Pooled { get; }

    public IFileReads Copied { get; }

    public void Dispose() => _system.Terminate().Wait();

    private sealed class Way(ActorSystem system, string file, bool pooled) : IFileReads
    {
        public string Name => pooled ? "FlexFile, pooled" : "FlexFile, ByteString";

        public Task RunAsync(Load load, ReadCount count) => Task.WhenAll(Enumerable.Range(1, load.Readers).Select(seed =>
        {
            TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            system.ActorOf(Props.Create(() => new Reader(file, load, count, seed, pooled, ended)).WithDispatcher(FlexTcpExt.DispatcherId));
            return ended.Task;
        }));
    }

    private sealed class Reader : UntypedActor
    {
        private readonly Load _load;
        private readonly ReadCount _count;
        private readonly bool _pooled;
        private readonly TaskCompletionSource _ended;
        private IActorRef _handle = ActorRefs.Nobody;
        private Places _places;

        public Reader(string file, Load load, ReadCount count, int seed, bool pooled, TaskCompletionSource ended)
        {
            _load = load;
            _count = count;
            _pooled = pooled;
            _ended = ended;
            _places = new Places(load, new FileInfo(file).Length, seed);
            Context.System.FlexFile().Tell(new FlexFile.Open(file));
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case PooledContent content:
                    _count.Add(content.Length, _load);
                    content.Release();
                    Next();
                    break;
                case FlexFile.Content content:
                    _count.Add(content.Data.Count, _load);
                    Next();
                    break;
                case FlexFile.Opened opened:
                    _handle = opened.Handle;
                    Next();
                    break;
                case FlexFile.Closed:
                    Context.Stop(Self);
                    _ended.SetResult();
                    break;
                default:
                    _ended.TrySetException(new InvalidOperationException($"{message} was not expected"));
                    break;
            }
        }

        private void Next() => _handle.Tell(
            _count.IsStopped ? new FlexFile.Close() : new FlexFile.Read(_places.Next(), _load.Bytes, _pooled), Self);
    }
}
