import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import sizes.Sizes;

/** Answers GET /BYTES with that size as people say it, by a library in a jar, and with who it runs as. */
public final class Server {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        server.createContext("/", exchange -> {
            long bytes = Long.parseLong(exchange.getRequestURI().getPath().substring(1));
            byte[] answer = "{\"said\": \"%s\", \"uid\": %s}".formatted(Sizes.said(bytes), uid).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        System.out.println("port " + server.getAddress().getPort());
    }
}
