-- nacos-2.0.3: the worker hangs on VERIFYs to a dead server while a registration waits for its turn.
-- why: n2 does not list new (10.128.0.51:8080 of DEFAULT_GROUP@@svcNew) at 35.
-- why: crashes: what it had not sent yet is lost
-- why: new waits: its worker has 
-- why: calls to n3 before it, 0.3 s each while that is not connected
return scenario {
  topology = { nodes = 3, profile = "nacos-2.0.3", settings = { ["nacos.common.processors"] = 1 } },
  story = function(w)
    for i = 1, 50 do w:client { name = "c" .. i, server = "n1" } end
    wait(s(16))
    w:crash "n3"
    wait(s(15))
    w:client { name = "new", server = "n1" }:register { service = "svcNew" }
    wait(s(4))
    expect(w:node "n2":knows "new", "n2 lacks new")
  end,
}
