using System.Globalization;
using System.Net;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>nginx as one process: the worker alone, so that its CPU time and system calls are those of the service.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Location">What the server does with <c>/</c>, in nginx's words.</param>
internal sealed record NginxPeer(string Name, string Location) : Peer(Name, IsManaged: false)
{
    /// <summary>Answers the bytes of the other peers, but for its own name and one field more.</summary>
    public const string Return = """default_type text/plain; return 200 "Hello, World!";""";

    /// <summary>A file as Debian's nginx.conf has it: sendfile on.</summary>
    public const string Sendfile = "sendfile on; tcp_nopush on;";

    /// <summary>The same with open files kept; a change is noticed within a second.</summary>
    public const string FileCache = Sendfile + " open_file_cache max=1000; open_file_cache_valid 1s;";

    public override ServerProcess Start(PeerPlace place)
    {
        string nginx = Packages.Require("nginx");
        string version = Packages.VersionOf("nginx");
        IPEndPoint endPoint = new(IPAddress.Loopback, FreePort.Take());
        string directory = ScratchDirectory.Create(Name);
        string configuration = Path.Combine(directory, "nginx.conf");
        File.WriteAllText(configuration, Configuration(endPoint, directory, place.Root));
        return ServerProcess.Start(
            ServerLaunch.Create([.. place.Wrapper, nginx, "-c", configuration, "-p", directory, "-e", "stderr"], place.Cpus),
            endPoint,
            version,
            new StubStatusCounters(endPoint));
    }

    // Requests on one connection are bounded by default, and closing it would be part of the cost.
    private string Configuration(IPEndPoint endPoint, string directory, string? root) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        daemon off;
        master_process off;
        worker_processes 1;
        pid {{directory}}/nginx.pid;
        error_log stderr error;
        events { worker_connections 20000; }
        http {
          include /etc/nginx/mime.types;
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
          client_body_temp_path {{directory}}/body;
          proxy_temp_path {{directory}}/proxy;
          fastcgi_temp_path {{directory}}/fastcgi;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          server {
            listen {{endPoint}} backlog=1024;
            root {{root ?? directory}};
            location = {{StubStatusCounters.Path}} { stub_status; }
            location / { {{Location}} }
          }
        }
        """);
}
