using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>What all actors of one server share.</summary>
internal sealed record KvServerContext(KvServerOptions Options, KvStore Store, KvStatistics Statistics, KvCounters Counters, SocketIo Io);
