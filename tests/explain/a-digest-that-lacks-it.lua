-- why: CHECKSUM   lacks shop-1, which goes
-- why: boots, and knows of shop-1 what it loads
-- In 1.x an owner that has lost its memory takes an instance from everybody, by not naming its service.
return scenario {
  topology = { nodes = 3, profile = "nacos-1.4", clients = "nacos-client-1" },
  always   = { checks.no_lost_instances { grace = s(3), gap = s(1) } },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local function mine(prefix)
      for i = 1, 99 do
        if n1:owns("DEFAULT_GROUP@@" .. prefix .. i) then return prefix .. i end
      end
    end
    local shop = w:client { name = "shop-1", server = n2 }
    shop:register { service = mine "shop-" }
    wait(s(12))
    w:intercept { from = n1, op = "SNAPSHOT", nth = "all", action = "refuse_apply" }
    w:intercept { to = n1, op = "FORWARD", nth = "all", action = "drop" }
    w:intercept { from = shop, to = n1, op = "BEAT", nth = "all", action = "drop" }
    w:restart(n1)
    local other = w:client { name = "other", server = n1 }
    other:register { service = mine "other-" }
    wait(s(12))
  end,
}
