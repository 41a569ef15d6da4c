// tools/sdk-trial/Trial.java -- Nacos's Java SDK against a server: registers and subscribes, and tells what it sees.
//
//   java -cp CLASSPATH Trial.java HOST:PORT
//
// Commands on stdin: "register IP PORT", "deregister IP PORT", "query", "close"; each is answered by a line, "ok" or
// "failed" and why. A change of the service is told as "sees" and its healthy addresses, sorted.
import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.listener.NamingEvent;
import com.alibaba.nacos.api.naming.pojo.Instance;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

public class Trial {
    private static final String SERVICE = "trial";

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static String text(List<Instance> instances) {
        return instances.stream().filter(Instance::isHealthy).map(i -> i.getIp() + ":" + i.getPort()).sorted()
            .collect(Collectors.joining(" "));
    }

    private static void obey(NamingService naming, String[] words) throws NacosException {
        switch (words[0]) {
            case "register":
                naming.registerInstance(SERVICE, words[1], Integer.parseInt(words[2]));
                break;
            case "deregister":
                naming.deregisterInstance(SERVICE, words[1], Integer.parseInt(words[2]));
                break;
            case "query":
                say("lists " + text(naming.getAllInstances(SERVICE, false)));
                break;
            default:
                throw new NacosException(0, "no such command");
        }
        say("ok " + words[0]);
    }

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("serverAddr", arguments[0]);
        NamingService naming = NacosFactory.createNamingService(properties);
        naming.subscribe(SERVICE, event -> say("sees " + text(((NamingEvent) event).getInstances())));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null && !line.equals("close"); line = in.readLine()) {
            try {
                obey(naming, line.split(" "));
            } catch (NacosException e) {
                say("failed " + e.getErrMsg());
            }
        }
        naming.shutDown();
        System.exit(0);
    }
}
