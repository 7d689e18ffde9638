/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keys.h"

int server_keys_node(struct wsync_cli *cli)
{
    return wsync_cli_usage(cli, "not yet");
}
