using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexSc.Peers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

// --tls on: HTTPS with a self-signed certificate. --app middleware: one bare middleware, the least that Kestrel can do; --app minimal: a route of the minimal API.
string app = PeerHost.Option(args, "--app", "middleware");
long requests = 0;
long connections = 0;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, PeerHost.Port(args), listen =>
{
    listen.Use(next => async context =>
    {
        Interlocked.Increment(ref connections);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref connections);
        }
    });
    if (PeerHost.Option(args, "--tls", "off") == "on")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        listen.UseHttps(request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)));
    }
}));
WebApplication web = builder.Build();
if (app == "minimal")
{
    web.MapGet("/plaintext", () =>
    {
        Interlocked.Increment(ref requests);
        return "Hello, World!";
    });
}
else
{
    byte[] body = "Hello, World!"u8.ToArray();
    web.Run(context =>
    {
        Interlocked.Increment(ref requests);
        HttpResponse response = context.Response;
        response.ContentType = "text/plain";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, 0, body.Length);
    });
}

await web.StartAsync().ConfigureAwait(false);
Uri address = new(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
PeerHost.RunUntilTold(
    $"Kestrel {typeof(ConnectionContext).Assembly.GetName().Version}, {app}",
    new IPEndPoint(IPAddress.Loopback, address.Port),
    () => new PeerCounts(Interlocked.Read(ref requests), Interlocked.Read(ref connections)));

// Open connections would hold a polite stop up for seconds.
Environment.Exit(0);
